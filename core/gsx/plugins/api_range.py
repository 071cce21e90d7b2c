"""Ranges of versions of gsx.api, such as ``>=0.1,<0.2``: which of them a plugin was written for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

Version = tuple[int, ...]

_OPERATORS: dict[str, Callable[[Version, Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)")


def in_range(version: str, wanted: str) -> bool:
    """Whether ``version`` keeps every clause of ``wanted``; a missing part of a version is 0.

    Raises:
        ValueError: either is malformed.

    Example:
        >>> in_range("0.1", ">=0.1,<0.2"), in_range("0.2", ">=0.1,<0.2")
        (True, False)
    """
    return all(compare(*_padded(_version(version), bound)) for compare, bound in _clauses(wanted))


def checked_range(wanted: str) -> str:
    """The same text, if it is a range.

    Raises:
        ValueError: it is none, with the clause that is wrong.
    """
    _clauses(wanted)
    return wanted


def _clauses(wanted: str) -> list[tuple[Callable[[Version, Version], bool], Version]]:
    found = []
    for clause in wanted.split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            raise ValueError(f"{clause.strip()!r} is no range of versions; write it as in '>=0.1,<0.2'")
        found.append((_OPERATORS[match[1]], _version(match[2])))
    return found


def _version(text: str) -> Version:
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        raise ValueError(f"{text!r} is no version; write it as in '0.1'")
    return tuple(int(part) for part in text.split("."))


def _padded(first: Version, second: Version) -> tuple[Version, Version]:
    parts = max(len(first), len(second))
    return first + (0,) * (parts - len(first)), second + (0,) * (parts - len(second))
