"""Standings: what each row's figures are, how sure, and which ranks they can have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gsx.report.bench.pigeonhole import Intervals, intervals
from gsx.report.bench.reading import MEMORY, TIME
from gsx.report.bench.records import Array, Column
from gsx.report.bench.rows import Group

PREFERRED = ("normalised.mean", "mean")
"""Which figure stands for a metric that has several; else one of its own name, its means, or its first."""

RANKED_APART = 2
"""Fewer rows than this have no ranks."""


@dataclass(frozen=True)
class Standing:
    """One column over a group's rows, each array of shape (rows,), or (rows, 3) for ``intervals.levels``.

    ``best``, ``worst``: the first and the last rank that a row can have, by paired intervals that overlap or don't; 0
    where it has none (a control, no interval, no direction). ``ties``: not told apart from the row with the best
    mean, pair by pair. ``own``: the intervals are those that the metric gave itself.
    """

    column: Column
    intervals: Intervals
    best: np.ndarray
    worst: np.ndarray
    ties: np.ndarray
    own: bool = False


def standings(group: Group, columns: list[Column] | None = None) -> list[Standing]:
    """A standing for each column, all of the group's by default."""
    rivals = np.array([row.control is None for row in group.rows], dtype=bool)
    return [_standing(group, column, rivals) for column in (shown_columns(group) if columns is None else columns)]


def shown_columns(group: Group) -> list[Column]:
    """The group's columns without the ends of a metric's own interval, which belong to its mean."""
    return [column for column in group.columns if not _is_end(group, column)]


def primary_columns(group: Group) -> list[Column]:
    """What fits on a screen: a column per metric (``entropy`` has two means), and what it cost.

    Explainers' own figures are not among them.
    """
    by_metric: dict[tuple[str, int, str, str], list[Column]] = {}
    for column in shown_columns(group):
        if not column.metric.startswith("explainer "):
            kind = (column.metric, column.version, column.preprocessing, column.scope)
            by_metric.setdefault(kind, []).append(column)
    return [column for columns in by_metric.values() for column in _preferred(columns)]


def is_measured(column: Column) -> bool:
    """Whether it is a metric's, and not what a cell or an explanation cost."""
    return column.metric not in (TIME, MEMORY) and not column.metric.startswith("explainer ")


def seeds_that_change_nothing(group: Group) -> tuple[int, int]:
    """Of how many rows with several seeds all metrics are the same for each seed, and how many rows have several."""
    same = np.ones(len(group.rows), dtype=bool)
    several = np.array([len(row.done) > 1 for row in group.rows], dtype=bool)
    for column in group.columns:
        if is_measured(column) and column.scope == "pair" and several.any():
            values = group.values(column)
            with np.errstate(invalid="ignore"):
                first = _first_value(values)
                same &= ~(np.abs(values - first) > 0).any(axis=(1, 2, 3))
    return int((same & several).sum()), int(several.sum())


def _first_value(values: Array) -> Array:
    """Of the first seed that has one, for each pair: (rows, 1, contents, styles)."""
    at = np.argmax(~np.isnan(values), axis=1)
    found: Array = np.take_along_axis(values, at[:, None], axis=1)
    return found


def _standing(group: Group, column: Column, rivals: np.ndarray) -> Standing:
    values = group.values(column)
    found, own = intervals(values), False
    if column.metric == TIME:  # no time is negative, and few levels make intervals that know nothing of that
        found = replace(found, low=np.maximum(found.low, 0.0))
    ends = own_ends(group, column)
    if ends is not None:
        low, high = (_mean_of_seeds(group.values(end)) for end in ends)
        has = ~np.isnan(low) & ~np.isnan(high) & ~np.isnan(found.mean)
        found = Intervals(found.mean, np.where(has, low, np.nan), np.where(has, high, np.nan), found.levels)
        own = True
    # Beside a field that varies, a row that never does would seem to: it has a rank only where it has an interval.
    ranked = rivals & ~np.isnan(found.low)
    best, worst = _ranks(found if own else _beside_field(values, rivals), ranked, column)
    return Standing(column, found, best, worst, _ties(values, found, best, column, own), own)


def _mean_of_seeds(values: Array) -> Array:
    """(rows,), NaN where a row has no value."""
    return intervals(values).mean


def _beside_field(values: Array, rivals: np.ndarray) -> Intervals:
    """Intervals of what each row is above the field, at each seed, content and style.

    Pictures differ more than methods do, and what is hard for one row is hard for all: with the field's mean taken off,
    rows that share their pairs are told apart as far as pairs can tell them. Any fixed field leaves differences between
    rows what they are; it is the mean of the rows without gaps, where there are such.
    """
    if not rivals.any():
        return intervals(values)
    there = ~np.isnan(values[rivals])
    whole = there.all(axis=(1, 2, 3))
    chosen = values[rivals][whole] if whole.any() else values[rivals]
    count = (~np.isnan(chosen)).sum(axis=0)
    total = np.where(np.isnan(chosen), 0.0, chosen).sum(axis=0)
    return intervals(values - np.divide(total, count, out=np.zeros(total.shape), where=count > 0))


def _ranks(found: Intervals, rivals: np.ndarray, column: Column) -> tuple[np.ndarray, np.ndarray]:
    best, worst = np.zeros(found.count, dtype=int), np.zeros(found.count, dtype=int)
    ranked = rivals & ~np.isnan(found.low) & ~np.isnan(found.high)
    if column.direction == "none" or ranked.sum() < RANKED_APART:
        return best, worst
    low, high = found.low[ranked], found.high[ranked]
    if column.direction == "higher":
        low, high = -high, -low
    # Surely better: all of its interval is below mine. Surely worse: all of it is above.
    best[ranked] = 1 + np.searchsorted(np.sort(high), low, side="left")
    worst[ranked] = np.searchsorted(np.sort(low), high, side="right")
    return best, worst


def _ties(values: Array, found: Intervals, best: np.ndarray, column: Column, own: bool) -> np.ndarray:
    """Rows that may be as good as the one with the best mean."""
    ties, ranked = np.zeros(found.count, dtype=bool), best > 0
    if not ranked.any():
        return ties
    places = np.flatnonzero(ranked)
    sign = -1.0 if column.direction == "higher" else 1.0
    winner = places[np.argmin(sign * found.mean[places])]
    if own:  # a figure over the set has no pairs to compare: intervals that touch
        ties[places] = (found.low[places] <= found.high[winner]) & (found.high[places] >= found.low[winner])
        return ties
    apart = intervals(values[places] - values[winner])
    ties[places] = np.isnan(apart.low) | ((apart.low <= 0) & (apart.high >= 0))
    return ties


def own_ends(group: Group, column: Column) -> tuple[Column, Column] | None:
    """The columns of the interval that a set metric gives beside its mean."""
    if column.scope != "set" or column.figure != "mean":
        return None
    found = {one.figure: one for one in _siblings(group, column)}
    return (found["low"], found["high"]) if "low" in found and "high" in found else None


def _is_end(group: Group, column: Column) -> bool:
    if column.scope != "set" or column.figure not in ("low", "high"):
        return False
    return {"mean", "low", "high"} <= {one.figure for one in _siblings(group, column)}


def _siblings(group: Group, column: Column) -> Iterator[Column]:
    kind = (column.metric, column.version, column.preprocessing, column.scope)
    return (one for one in group.columns if (one.metric, one.version, one.preprocessing, one.scope) == kind)


def _preferred(columns: list[Column]) -> list[Column]:
    by_figure = {column.figure: column for column in columns}
    for figure in (*PREFERRED, columns[0].metric):
        if figure in by_figure:
            return [by_figure[figure]]
    return [column for column in columns if column.figure.endswith(".mean")] or columns[:1]
