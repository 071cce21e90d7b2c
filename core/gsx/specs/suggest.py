"""Did-you-mean for names that people type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """One sentence that helps with a mistyped name: the closest known names, or all of them when few.

    Example:
        >>> did_you_mean("adian", ["adain", "content"])
        "Did you mean 'adain'? Known: adain, content."
    """
    names = sorted(known)
    guess = _guess(word, names)
    return f"{guess}Known: {', '.join(names)}." if names else f"{guess}None is installed."


def nearest(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """The same for names that may be too many to list, such as the modules of a network: beyond ``most``, how many.

    Example:
        >>> nearest("block.1", [f"blocks.{index}" for index in range(40)], most=3)
        "Did you mean 'blocks.1' or 'blocks.31'? There are 40, among them blocks.0, blocks.1, blocks.2."
    """
    names = list(known)
    if len(names) <= most:
        return did_you_mean(word, names)
    return f"{_guess(word, names)}There are {len(names)}, among them {', '.join(names[:most])}."


def _guess(word: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, names, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
