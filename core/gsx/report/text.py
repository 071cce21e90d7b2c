"""Text from strangers: what may be shown of it. Escaping is left to the template."""

from __future__ import annotations

import json
from unicodedata import category

_KEPT = "\n\t\u200c\u200d"
"""Not printable by Python's rule: line ends, and what joins letters in Persian, Indic scripts and emoji."""

_HOLE = "\ufffd"


def text(value: object) -> str:
    """``value`` as text; nothing for None, and for what has no plain text form."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def texts(value: object) -> list[str]:
    """``value`` as lines of text: a list's items, or one."""
    items = value if isinstance(value, list) else [value]
    return [line for item in items if (line := text(item))]


def visible(value: str) -> str:
    """``value`` without what would break or fake the page: control and direction characters, lone surrogates."""
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() or char in _KEPT or category(char) == "Zs" else _HOLE for char in value)


def pretty(value: object) -> str:
    """``value`` as indented JSON."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be printed)"
