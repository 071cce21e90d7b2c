"""Rows: cells that differ in the seed alone are one. Rows of other data are another group, and never compared."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gsx.report.bench.recipes import recipe_of
from gsx.report.bench.records import CONTROLS, Array, Benchmark, Cell, Column, Coordinates

_T = TypeVar("_T")


@dataclass(frozen=True)
class Row:
    """One combination, of the cells of its seeds."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def first(self) -> Cell:
        """Of the first seed: what all of them have in common is read here."""
        return self.cells[0]

    @property
    def coordinates(self) -> Coordinates:
        """Axis and value; a control has them only as far as they matter to it."""
        return self.first.coordinates

    @property
    def control(self) -> str | None:
        """``content``, ``style`` or None."""
        return self.first.control

    @property
    def done(self) -> list[Cell]:
        """The cells that have figures."""
        return [cell for cell in self.cells if cell.status == "done"]

    @property
    def status(self) -> str:
        """That of its cells: ``done``, or the worst of the others (``error, 1 of 3``)."""
        others = [cell.status for cell in self.cells if cell.status != "done"]
        if not others:
            return "done"
        worst = next(status for status in ("error", "timeout", "diverged", "skipped") if status in others)
        return worst if len(others) == len(self.cells) else f"{worst}, {len(others)} of {len(self.cells)}"

    @property
    def reasons(self) -> list[str]:
        """Why cells have no figures, each reason once."""
        return list(
            dict.fromkeys(cell.reason or "no reason was recorded" for cell in self.cells if cell.status != "done")
        )


@dataclass(frozen=True)
class Group:
    """The rows over one set of pictures: what may be compared.

    ``axes`` maps each axis to the values it takes here, in the order of first use.
    """

    data: str
    size: int | None
    rows: list[Row]
    seeds: list[int]
    contents: list[str]
    styles: list[str]
    axes: dict[str, list[str]]
    columns: list[Column]
    _places: dict[int, NDArray[np.intp]] = field(default_factory=dict, repr=False)

    def values(self, column: Column) -> Array:
        """``column`` of each row: (rows, seeds, contents, styles), NaN where there is no value.

        A column of whole cells has one content and one style.
        """
        per_pair = column.scope == "pair"
        width = len(self.contents) * len(self.styles) if per_pair else 1
        found = np.full((len(self.rows), len(self.seeds), width), np.nan)
        seed_at = {seed: place for place, seed in enumerate(self.seeds)}
        for number, row in enumerate(self.rows):
            for cell in row.done:
                if not per_pair:
                    found[number, seed_at[cell.seed]] = cell.whole.get(column, np.nan)
                elif column in cell.columns:
                    at = self._flat(cell.places)
                    found[number, seed_at[cell.seed], at] = cell.values[:, cell.columns.index(column)]
        shape = (len(self.contents), len(self.styles)) if per_pair else (1, 1)
        return found.reshape(len(self.rows), len(self.seeds), *shape)

    def _flat(self, places: tuple[tuple[str, str], ...]) -> NDArray[np.intp]:
        """Where each pair lies among contents × styles; worked out once for all cells that have the same pairs."""
        if (found := self._places.get(id(places))) is None:
            across = {name: place for place, name in enumerate(self.styles)}
            down = {name: place for place, name in enumerate(self.contents)}
            flat = [down[content] * len(self.styles) + across[style] for content, style in places]
            found = self._places[id(places)] = np.array(flat, dtype=np.intp)
        return found


def groups_of(benchmark: Benchmark) -> list[Group]:
    """One group per data hash: that of the last call first, then the larger ones."""
    by_data: dict[str, list[Cell]] = defaultdict(list)
    for cell in benchmark.cells:
        by_data[f"{cell.data}/{cell.size or ''}"].append(cell)
    found = [_group(benchmark, cells) for cells in by_data.values()]
    return sorted(found, key=lambda group: (group.data != benchmark.asked.data, -len(group.rows)))


def _group(benchmark: Benchmark, cells: list[Cell]) -> Group:
    rows = _rows(benchmark, cells)
    rows.sort(key=lambda row: row.control is None)  # controls first; the planned order within
    done = [cell for cell in cells if cell.status == "done"]
    places = _unique(cell.places for cell in done)
    axes: dict[str, list[str]] = {axis: [] for axis in benchmark.asked.axes}
    for row in rows:
        if row.control is None:
            for axis, value in row.coordinates:
                known = axes.setdefault(axis, [])
                if value not in known:
                    known.append(value)
    columns: dict[Column, None] = {}
    for kinds in _unique(cell.columns for cell in done):
        columns.update(dict.fromkeys(kinds))
    for cell in done:
        columns.update(dict.fromkeys(cell.whole))
    return Group(
        data=cells[0].data,
        size=cells[0].size,
        rows=rows,
        seeds=sorted({cell.seed for cell in cells}),
        contents=_unique(content for pairs in places for content, _ in pairs),
        styles=_unique(style for pairs in places for _, style in pairs),
        axes={axis: values for axis, values in axes.items() if values},
        columns=list(columns),
    )


def _unique(items: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(items))


def _rows(benchmark: Benchmark, cells: list[Cell]) -> list[Row]:
    """Cells that differ in the seed alone, together."""
    alike: dict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        alike[cell.control, cell.coordinates, cell.components].append(cell)
    rows: list[Row] = []
    for same in alike.values():
        parts = _by_recipe(benchmark, same) if len(same) > 1 else [same]
        rows.extend(Row(_label(part[0]), tuple(sorted(part, key=lambda cell: cell.seed))) for part in parts)
    return _told_apart(rows)


def _by_recipe(benchmark: Benchmark, cells: list[Cell]) -> list[list[Cell]]:
    """Two calls can give equal coordinates to different recipes: what is no axis may have been set anew.

    A cell without figures has no weights, and may have no recipe: it joins the first that lacks its seed.
    """
    parts: dict[tuple[object, ...], list[Cell]] = {}
    for cell in sorted(cells, key=lambda one: one.status != "done"):  # stable: the planned order within
        recipe = _recipe_hash(benchmark, cell)
        kind: tuple[object, ...] = (recipe, cell.weights)
        if cell.status != "done":
            fitting = (known for known in parts if recipe in (None, known[0]))
            kind = next((known for known in fitting if not _has(parts[known], cell.seed)), (cell.key,))
        elif recipe is None:
            # Without it nobody knows whether the cell is a repetition: it stays on its own.
            problem = f"cells/{cell.key}/recipe.json cannot be read: its cell is a row of its own."
            if problem not in benchmark.problems:
                benchmark.problems.append(problem)
            kind = (cell.key,)
        # A seed that comes twice in one recipe differs in what a recipe does not say: versions, the machine.
        if _has(parts.get(kind, []), cell.seed):
            kind = (cell.key,)
        parts.setdefault(kind, []).append(cell)
    return list(parts.values())


def _has(cells: Iterable[Cell], seed: int) -> bool:
    return any(cell.seed == seed for cell in cells)


def _recipe_hash(benchmark: Benchmark, cell: Cell) -> str | None:
    recipe = recipe_of(benchmark.folder, cell)
    return None if recipe is None else hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def _label(cell: Cell) -> str:
    if cell.control is not None:
        return CONTROLS[cell.control]
    return cell.label or ", ".join(f"{axis} {value}" for axis, value in cell.coordinates) or "the recipe"


def _told_apart(rows: list[Row]) -> list[Row]:
    """Labels name what varied in their call. Where two rows come to the same label, the rest is said."""
    seen: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        seen[row.label].append(row)
    again = {id(row): same for same in seen.values() if len(same) > 1 for row in same}
    told = [Row(_longer(row, again[id(row)]), row.cells) if id(row) in again else row for row in rows]
    labels = Counter(row.label for row in told)
    return [Row(f"{row.label} ({row.first.key[:6]})", row.cells) if labels[row.label] > 1 else row for row in told]


def _longer(row: Row, same: list[Row]) -> str:
    """``row``'s label with what the ``same``-named ones differ in."""

    def facts(one: Row) -> dict[str, str]:
        return {**dict(one.first.weights), **dict(one.first.components), **dict(one.coordinates)}

    others = [facts(one) for one in same]
    differing = [f"{part} {value}" for part, value in facts(row).items() if any(o.get(part) != value for o in others)]
    return f"{row.label} ({', '.join(differing)})" if differing else f"{row.label} ({row.first.key[:6]})"
