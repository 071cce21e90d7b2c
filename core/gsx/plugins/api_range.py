"""Versions of gsx.api, and ranges of them, such as ``>=0.1,<0.2``: which of them a plugin was built for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

import gsx
from gsx.errors import PluginError

API_VERSION = ".".join(gsx.__version__.split(".")[:2])
"""Version of the surface for plugins: the first two numbers of GSX's own (see plugins/README.md)."""

Version = tuple[int, ...]

_OPERATORS: dict[str, Callable[[Version, Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)(?:(?:a|b|rc|\.dev|\.post)\d+)?")
_SERIES = re.compile(r"==\s*(\d+(?:\.\d+)*)\.\*|~=\s*(\d+(?:\.\d+)+)")


def in_range(version: str, wanted: str) -> bool:
    """Whether ``version`` keeps every clause of ``wanted``; a missing part of a version is 0.

    ``~=0.1.2`` and ``==0.1.*`` mean what they mean to pip. The suffix of a version before or after its release, such as
    rc1, is not looked at.

    Raises:
        ValueError: either is malformed.

    Example:
        >>> in_range("0.1", ">=0.1,<0.2"), in_range("0.2", ">=0.1,<0.2"), in_range("0.1.3", "~=0.1.1")
        (True, False, True)
    """
    return all(compare(*_padded(_version(version), bound)) for compare, bound in _clauses(wanted))


def checked_range(wanted: str) -> str:
    """The same text, if it is a range.

    Raises:
        ValueError: it is none, with the clause that is wrong.
    """
    _clauses(wanted)
    return wanted


def range_of(version: str = API_VERSION) -> str:
    """What a plugin states that was written for this version of gsx.api: up to the next that may change something.

    Example:
        >>> range_of("0.1"), range_of("1.4")
        ('>=0.1,<0.2', '>=1.4,<2')
    """
    major, minor = _version(version)
    return f">={version},<{f'0.{minor + 1}' if major == 0 else major + 1}"


def check_built_for_this(wanted: str, version: str = gsx.__version__) -> None:
    """Refuse a plugin that was built for another GSX.

    Args:
        wanted: the range that its distribution states for gsx; "" for none.
        version: of this GSX.

    Raises:
        PluginError: this version is not in the range, or the range cannot be read.
    """
    if not wanted:
        return
    here = re.match(r"\d+(\.\d+)*", version)
    assert here is not None
    try:
        fits = in_range(here[0], wanted)
    except ValueError as error:
        raise PluginError(f"its requirement gsx{wanted} cannot be read: {error}") from error
    if not fits:
        newer = any(
            bound > _version(here[0]) for compare, bound in _clauses(wanted) if compare in (operator.ge, operator.gt)
        )
        raise PluginError(
            f"it needs {'a newer' if newer else 'another'} GSX API: gsx{wanted}, "
            f"and this is gsx {version} with gsx.api {API_VERSION}"
        )


def _clauses(wanted: str) -> list[tuple[Callable[[Version, Version], bool], Version]]:
    found: list[tuple[Callable[[Version, Version], bool], Version]] = []
    for clause in wanted.split(","):
        if match := _CLAUSE.fullmatch(clause.strip()):
            found.append((_OPERATORS[match[1]], _version(match[2])))
        elif match := _SERIES.fullmatch(clause.strip()):
            numbers = _version(match[1] or match[2])
            series = numbers if match[1] else numbers[:-1]
            found += [(operator.ge, numbers), (operator.lt, (*series[:-1], series[-1] + 1))]
        else:
            raise ValueError(f"{clause.strip()!r} is no range of versions; write it as in '>=0.1,<0.2'")
    return found


def _version(text: str) -> Version:
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        raise ValueError(f"{text!r} is no version; write it as in '0.1'")
    return tuple(int(part) for part in text.split("."))


def _padded(first: Version, second: Version) -> tuple[Version, Version]:
    parts = max(len(first), len(second))
    return first + (0,) * (parts - len(first)), second + (0,) * (parts - len(second))
