"""Small copies of pictures for the page, within a budget; what did not fit is counted and said."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from gsx.report.bench.cellfile import CellFile, ExplanationFile, PairFile, UnreadableCell, read_cell
from gsx.report.bench.rows import Group, Row
from gsx.report.formats import plural
from gsx.report.text import visible

BUDGET = 8 * 2**20
"""Bytes of the page that all pictures may take."""

MOST = 900
"""Pictures: each takes about 3 ms to make small."""

MOST_ROWS = 400
"""Rows with pictures; of more, that many are taken, evenly over the plan."""

_LARGEST_FILE = 64 * 2**20
_SIDES = ((300, 176), (10**9, 112))
"""(up to so many pictures, pixels of the longer side)."""


@dataclass
class Thumbnails:
    """``uris`` are the pictures; ``at[row][pair]`` and ``heat[row][pair][explanation]`` are places in it.

    ``pair`` is content · styles + style. ``files`` are where the whole pictures lie, relative to the page.
    """

    uris: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    at: dict[int, dict[int, int]] = field(default_factory=dict)
    heat: dict[int, dict[int, dict[str, int]]] = field(default_factory=dict)
    inputs: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    left_out: int = 0
    damaged: int = 0
    used: int = 0
    side: int = _SIDES[0][1]

    @property
    def full(self) -> bool:
        """Whether there is room for no other."""
        return self.used >= BUDGET or len(self.uris) >= MOST

    def add(self, folder: Path, name: str, root: Path) -> int | None:
        """The place of a small copy of ``folder/name``; None where there is no room, or no such picture inside."""
        if self.full:
            self.left_out += 1
            return None
        uri = _small(folder, name, self.side)
        if uri is None:
            self.damaged += 1
            return None
        self.uris.append(uri)
        self.files.append(quote((folder / name).relative_to(root).as_posix()))
        self.used += len(uri)
        return len(self.uris) - 1

    @property
    def said(self) -> list[str]:
        """What is not there, in plain sentences."""
        notes = list(self.problems)
        if self.left_out:
            notes.append(
                f"{plural(self.left_out, 'picture')} did not fit into the page's {BUDGET // 2**20} MiB for pictures "
                f"({len(self.uris):,} did): they are in the cells' folders."
            )
        if self.damaged:
            notes.append(
                f"{plural(self.damaged, 'picture')} named by cells are missing, damaged or outside the folder."
            )
        return notes


def thumbnails(root: Path, group: Group, inputs: dict[str, dict[str, str]]) -> Thumbnails:
    """Pictures of ``group``: its inputs first, then each combination's first seed pair by pair, then heat maps.

    Args:
        inputs: role -> name -> place in the folder.
    """
    chosen = _spread([number for number, row in enumerate(group.rows) if row.done])
    expected = len(chosen) * len(group.contents) * len(group.styles)
    found = Thumbnails(side=next(side for most, side in _SIDES if expected <= most))
    for role, places in inputs.items():
        kept = {name: at for name, place in places.items() if (at := found.add(root, place, root)) is not None}
        found.inputs[role] = kept
    pairs = _pairs(root, group, chosen, found)
    skipped = sum(len(row.done[0].places) for row in group.rows if row.done) - sum(map(len, pairs.values()))
    for place in _diagonal(group):
        for number, by_place in pairs.items():
            if (pair := by_place.get(place)) is not None and pair[1].picture:
                at = found.add(pair[0], pair[1].picture, root)
                if at is not None:
                    found.at.setdefault(number, {})[place] = at
    for place in _diagonal(group):
        for number, by_place in pairs.items():
            if place in by_place and place in found.at.get(number, {}):
                _heat(found, root, *by_place[place], found.heat.setdefault(number, {}).setdefault(place, {}))
    found.left_out += max(0, skipped)
    return found


def _pairs(
    root: Path, group: Group, chosen: list[int], found: Thumbnails
) -> dict[int, dict[int, tuple[Path, PairFile]]]:
    """Of each chosen row's first seed, read again: paths are not kept for ten thousand cells."""
    pairs = {}
    for number in chosen:
        cell = _read(root, group.rows[number], found)
        if cell is not None:
            folder = root / "cells" / cell.key
            pairs[number] = {_place(group, pair): (folder, pair) for pair in cell.pairs}
    return pairs


def _read(root: Path, row: Row, found: Thumbnails) -> CellFile | None:
    try:
        return read_cell(root / "cells" / row.done[0].key)
    except UnreadableCell as reason:  # it changed since it was read first
        found.problems.append(f"cells/{row.done[0].key}: {visible(str(reason))}.")
        return None


def _place(group: Group, pair: PairFile) -> int:
    return group.contents.index(visible(pair.content)) * len(group.styles) + group.styles.index(visible(pair.style))


def _heat(found: Thumbnails, root: Path, folder: Path, pair: PairFile, into: dict[str, int]) -> None:
    for one in pair.explanations:
        if one.picture and not one.null:
            at = found.add(folder, f"{one.folder}/{one.picture}", root)
            if at is not None:
                into[explanation_name(one)] = at


def explanation_name(one: ExplanationFile) -> str:
    """``gradcam: style-match, picture``."""
    of = ", ".join(filter(None, (one.score, one.unit)))
    return visible(f"{one.id}: {of}" if of else one.id)


def _diagonal(group: Group) -> list[int]:
    """Pairs in the order in which they are embedded: soon one of each content and each style."""
    down, across = len(group.contents), len(group.styles)
    order = [(content, (content + shift) % across) for shift in range(across) for content in range(down)]
    return [content * across + style for content, style in order]


def _spread(numbers: list[int]) -> list[int]:
    if len(numbers) <= MOST_ROWS:
        return numbers
    return [numbers[round(at * (len(numbers) - 1) / (MOST_ROWS - 1))] for at in range(MOST_ROWS)]


def _small(folder: Path, name: str, side: int) -> str | None:
    """A JPEG of at most ``side`` pixels as a data URI; None where the file is no picture inside ``folder``."""
    try:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file() or file.stat().st_size > _LARGEST_FILE:
            return None
        with Image.open(file, formats=["PNG"]) as image:
            image.draft("RGB", (side, side))
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, format="JPEG", quality=84)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
