"""Tidy rows: one value each, with everything that says what it is a value of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gsx.report.bench.cellfile import CellFile
from gsx.report.bench.reading import column_of, memory_column, pair_figures, value_text
from gsx.report.bench.records import Column
from gsx.report.text import visible


class Tidy(NamedTuple):
    """One value, or the lack of any: a cell that is not done has one row without metric, figure and value."""

    cell: str
    status: str
    reason: str | None
    control: str | None
    seed: int | None
    label: str
    data: str
    size: int | None
    fingerprint: str
    pair: str | None
    content: str | None
    style: str | None
    metric: str | None
    figure: str | None
    version: int | None
    preprocessing: str | None
    direction: str | None
    scope: str | None
    value: float | None
    missing: str | None
    """Why the metric has no value."""


def tidy_rows(cell: CellFile) -> Iterator[Tidy]:
    """Every figure of a cell, its cost and its explanations' among them; what is missing, with the reason."""
    own = (
        cell.key,
        cell.status,
        None if cell.reason is None else visible(cell.reason),
        cell.control,
        cell.seed,
        visible(cell.label),
        visible(cell.data),
        cell.size,
        visible(cell.fingerprint),
    )
    whole = (None, None, None)
    if cell.status != "done":
        yield Tidy._make((*own, *whole, *_NOTHING, None, None))
        return
    by_id = {metric.id: metric for metric in cell.metrics}
    for pair in cell.pairs:
        place = (visible(pair.label), visible(pair.content), visible(pair.style))
        for column, value in pair_figures(cell, pair, by_id):
            yield Tidy._make((*own, *place, *_described(column), value, None))
        for metric, why in pair.missing.items():
            yield Tidy._make((*own, *place, visible(metric), *_NOTHING[1:], None, visible(why)))
    for metric, figures in cell.set.items():
        for figure, value in figures.items():
            yield Tidy._make((*own, *whole, *_described(column_of(by_id[metric], figure, "set")), value, None))
    for metric, why in cell.set_missing.items():
        yield Tidy._make((*own, *whole, visible(metric), *_NOTHING[1:], None, visible(why)))
    if cell.cost is not None and cell.cost.peak_memory_mib is not None:
        yield Tidy._make((*own, *whole, *_described(memory_column(cell)), cell.cost.peak_memory_mib, None))


def coordinate_texts(cell: CellFile) -> dict[str, str]:
    """Axis -> value as text; an axis is called ``axis`` in column names, so that none is taken for a field above."""
    return {f"axis.{visible(axis)}": value_text(value) for axis, value in cell.coordinates.items()}


_NOTHING: tuple[Any, ...] = (None,) * 6


def _described(column: Column) -> tuple[Any, ...]:
    return (column.metric, column.figure, column.version, column.preprocessing, column.direction, column.scope)
