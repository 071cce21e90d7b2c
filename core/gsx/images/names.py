"""File names made fit for a message and for a new file's name."""

from __future__ import annotations

import os
import unicodedata

# Not printable by Python's rule, but they join letters in Persian, Indic scripts and emoji.
_JOINERS = "\u200c\u200d"
_REPLACED = frozenset('/\\<>:"|?*')


def shown(path: str | os.PathLike[str]) -> str:
    """``path`` for a message: control characters, and bytes that are no UTF-8, become U+FFFD.

    A file's name may hold a newline, a terminal escape, or a lone surrogate that ``print`` would die of.
    """
    return "".join(char if char.isprintable() or char in _JOINERS else "\ufffd" for char in os.fspath(path))


def safe_name(text: str, max_bytes: int) -> str:
    """``text`` as a part of a file name on any system: 1 to ``max_bytes`` bytes of UTF-8, Unicode kept.

    Slashes, control characters and what Windows forbids become ``_``; leading dots, dashes (a name must not look like
    an option) and spaces, and trailing dots and spaces go; nothing left gives ``image``.
    """
    text = unicodedata.normalize("NFC", text)
    kept = "".join(
        char if (char.isprintable() and char not in _REPLACED) or char in _JOINERS else "_" for char in text
    ).lstrip(".- ")
    # File systems count bytes, not characters; "ignore" drops a character that was cut through.
    return kept.encode()[:max_bytes].decode(errors="ignore").rstrip(". ") or "image"
