"""Effects of an axis: what going from one of its values to another does to a figure, everything else being equal."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from gsx.report.bench.records import Array, Column, Coordinates
from gsx.report.bench.rows import Group
from gsx.report.bench.standings import own_ends
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
    plans: list[tuple[str, str, str, list[tuple[int, int]], int]] = []
    for axis, values in group.axes.items():
        settings = _settings(group, axis)
        plans.extend((axis, *step, *_pairs(settings, *step)) for step in steps(values))
    for column in columns:
        measured = [group.values(one) for one in (column, *(own_ends(group, column) or ()))]
        for axis, before, after, pairs, left_out in plans:
            effect = _effect(measured, pairs, column, (axis, before, after), left_out)
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


_Settings = dict[Coordinates, dict[str, list[int]]]
"""All other coordinates -> value of the axis -> row numbers."""


def _settings(group: Group, axis: str) -> _Settings:
    found: _Settings = {}
    for number, row in enumerate(group.rows):
        value = next((at for name, at in row.coordinates if name == axis), None)
        if row.control is None and value is not None and row.done:
            rest = tuple(one for one in row.coordinates if one[0] != axis)
            found.setdefault(rest, {}).setdefault(value, []).append(number)
    return found


def _pairs(settings: _Settings, before: str, after: str) -> tuple[list[tuple[int, int]], int]:
    """Rows that differ in the step alone, as pairs of their numbers, and how many settings have no such pair."""
    pairs, left_out = [], 0
    for by_value in settings.values():
        first, second = by_value.get(before, ()), by_value.get(after, ())
        # Two recipes with the same coordinates: nobody can say which of them the step begins at.
        if len(first) == len(second) == 1:
            pairs.append((first[0], second[0]))
        elif first or second:
            left_out += 1
    return pairs, left_out


def _effect(
    measured: list[Array], pairs: list[tuple[int, int]], column: Column, step: tuple[str, str, str], left_out: int
) -> Effect | None:
    """Args: measured: the column, and the ends of its own intervals where it has such."""
    if not pairs:
        return None
    first, second = (list(rows) for rows in zip(*pairs, strict=True))
    both = ~np.isnan(measured[0][first]) & ~np.isnan(measured[0][second])
    used = both.any(axis=(1, 2, 3))
    if not used.any():
        return None
    both = both[used]
    (before, *ends_before), (after, *ends_after) = (
        [_averaged(values[rows][used], both) for values in measured] for rows in (first, second)
    )
    # The settings are all that were asked for and no sample of others: they are averaged, and the interval is over
    # seeds, contents and styles.
    ends = ((ends_before[0], ends_before[1]), (ends_after[0], ends_after[1])) if ends_before else None
    change = change_between(before, after, column.direction, whole=column.scope != "pair", ends=ends)
    if change is None:
        return None
    each = np.where(both, (measured[0][second] - measured[0][first])[used], 0.0).sum(axis=(1, 2, 3))
    agreeing = int((np.sign(each) == np.sign(change.change)).sum())
    return Effect(*step, column, change, len(each), agreeing, left_out + int((~used).sum()))


def _averaged(values: Array, both: np.ndarray) -> Array:
    """The mean over settings: (seeds, contents, styles), NaN where no setting has both values."""
    count = both.sum(axis=0)
    total = np.where(both, values, 0.0).sum(axis=0)
    mean: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
