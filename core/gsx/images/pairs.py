"""Every content with every style, each pair under a label that can name its folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gsx.images.names import safe_name

_STEM_BYTES = 80
"""Of each stem; two, and a counter, stay well below the 255 bytes that file systems allow."""


@dataclass(frozen=True)
class Pair:
    """One content with one style. ``label`` is unique among the pairs made together, and safe as a file name."""

    content: Path
    style: Path
    label: str


def make_pairs(contents: Iterable[Path], styles: Iterable[Path]) -> tuple[Pair, ...]:
    """Pair every content with every style, contents outermost, in the order given.

    Labels are ``<content-stem>__<style-stem>``: Unicode kept, without slashes, control characters, leading dots and
    what else a file name may not hold, at most 180 bytes of UTF-8. Labels that would be equal (case aside, for the sake
    of macOS and Windows) get ``-2``, ``-3`` … in order.
    """
    styles = tuple(styles)
    taken: set[str] = set()
    pairs = []
    for content in contents:
        for style in styles:
            label = _unique(f"{safe_name(content.stem, _STEM_BYTES)}__{safe_name(style.stem, _STEM_BYTES)}", taken)
            pairs.append(Pair(content, style, label))
    return tuple(pairs)


def _unique(label: str, taken: set[str]) -> str:
    """``label``, or the first of ``label-2``, ``label-3`` … that is not in ``taken``, to which it is added."""
    candidate, number = label, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{label}-{number}"
    taken.add(candidate.casefold())
    return candidate
