"""Did-you-mean for names that people type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """One sentence that helps with a mistyped name: the closest known names, or all of them when few.

    Example:
        >>> did_you_mean("adian", ["adain", "content"])
        "Did you mean 'adain'? Known: adain, content."
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=2, cutoff=0.6)
    guess = f"Did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
    return f"{guess}Known: {', '.join(names)}." if names else f"{guess}None is installed."
