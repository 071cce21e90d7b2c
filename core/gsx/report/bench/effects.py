"""Effects of an axis: what going from one of its values to another does to a figure, everything else being equal."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from gsx.report.bench.records import Array, Column
from gsx.report.bench.rows import Group
from gsx.report.bench.verdicts import Change, change_between
from gsx.report.formats import figure, signed

MOST_STEPS = 15
"""Pairs of values per axis. An axis with more goes from its first value to each, or from step to step."""


@dataclass(frozen=True)
class Effect:
    """One step along one axis, for one column.

    ``settings``: how many combinations of all other coordinates had both values; ``agreeing``: in how many of them the
    mean went the same way. ``left_out``: settings that had one value only, or more than one recipe for it.
    """

    axis: str
    before: str
    after: str
    column: Column
    change: Change
    settings: int
    agreeing: int
    left_out: int

    @property
    def sentence(self) -> str:
        """``going from adain to wct changes style-distance normalised.mean by −0.12 [−0.15, −0.09]``."""
        change = self.change
        span = "" if change.low is None or change.high is None else f" [{signed(change.low)}, {signed(change.high)}]"
        # A component's name says what it is; a number does not.
        named = f"{self.axis} {self.before}" if "." in self.axis else self.before
        step = f"going from {named} to {self.after}"
        if change.verdict == "the same":
            return f"{step} leaves {self.column.name} as it is ({figure(change.after)})"
        return f"{step} changes {self.column.name} by {signed(change.change)}{span}"


def effects(group: Group, columns: list[Column]) -> list[Effect]:
    """Each step along each axis, for each column: paired over equal other coordinates, pairs and seeds."""
    found = []
    plans = [(axis, *step, *_settings(group, axis, *step)) for axis in group.axes for step in steps(group.axes[axis])]
    for column in columns:
        values = group.values(column)
        for axis, before, after, pairs, left_out in plans:
            effect = _effect(values, pairs, column, (axis, before, after), left_out)
            if effect is not None:
                found.append(effect)
    order = list(group.axes)
    return sorted(found, key=lambda effect: order.index(effect.axis))


def steps(values: list[str]) -> list[tuple[str, str]]:
    """Which values of an axis are compared: numbers in ascending order, names in theirs.

    Numbers go step by step and from end to end; names each with each while those are few, else the first with each.
    """
    numbers = _numbers(values)
    if numbers is not None:
        ordered = [value for _, value in sorted(zip(numbers, values, strict=True))]
        along = list(itertools.pairwise(ordered))
        return (along if len(along) <= MOST_STEPS else []) + ([(ordered[0], ordered[-1])] if len(ordered) > 2 else [])
    each = list(itertools.combinations(values, 2))
    return each if len(each) <= MOST_STEPS else [(values[0], value) for value in values[1 : MOST_STEPS + 1]]


def steps_left_out(values: list[str]) -> int:
    """How many pairs of values of an axis :func:`steps` does not compare."""
    return len(values) * (len(values) - 1) // 2 - len(set(steps(values)))


def _numbers(values: list[str]) -> list[float] | None:
    try:
        return [float(value) for value in values]
    except ValueError:
        return None


def _settings(group: Group, axis: str, before: str, after: str) -> tuple[list[tuple[int, int]], int]:
    """Rows that differ in the step alone, as pairs of their numbers, and how many settings have no such pair."""
    by_rest: dict[object, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(group.rows):
        value = dict(row.coordinates).get(axis)
        if row.control is None and row.done and value in (before, after):
            rest = tuple(one for one in row.coordinates if one[0] != axis)
            by_rest[rest][value].append(number)
    # Two recipes with the same coordinates: nobody can say which of them the step begins at.
    pairs = [(s[before][0], s[after][0]) for s in by_rest.values() if len(s[before]) == len(s[after]) == 1]
    return pairs, len(by_rest) - len(pairs)


def _effect(
    values: Array, pairs: list[tuple[int, int]], column: Column, step: tuple[str, str, str], left_out: int
) -> Effect | None:
    if not pairs:
        return None
    before, after = (values[list(rows)] for rows in zip(*pairs, strict=True))
    both = ~np.isnan(before) & ~np.isnan(after)
    used = both.any(axis=(1, 2, 3))
    if not used.any():
        return None
    before, after, both = before[used], after[used], both[used]
    # The settings are all that were asked for and no sample of others: they are averaged, and the interval is over
    # seeds, contents and styles.
    change = change_between(_averaged(before, both), _averaged(after, both), column.direction)
    if change is None:
        return None
    each = np.where(both, after - before, 0.0).sum(axis=(1, 2, 3))
    agreeing = int((np.sign(each) == np.sign(change.change)).sum())
    return Effect(*step, column, change, len(each), agreeing, left_out + int((~used).sum()))


def _averaged(values: Array, both: np.ndarray) -> Array:
    """The mean over settings: (seeds, contents, styles), NaN where no setting has both values."""
    count = both.sum(axis=0)
    total = np.where(both, values, 0.0).sum(axis=0)
    mean: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
