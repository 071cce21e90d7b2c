"""What a reader wants to know first: which combination is best by which metric, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gsx.report.bench.rows import Group
from gsx.report.bench.standings import Standing
from gsx.report.formats import figure

_NAMED = 4
"""Ties that are named; of more, the number is said."""


@dataclass(frozen=True)
class Best:
    """The best row by one column, in words."""

    name: str
    how: str
    summary: str
    label: str
    value: str
    span: str
    verdict: str


def bests(group: Group, found: list[Standing]) -> list[Best]:
    """One entry for each column that has a direction and values of at least two rows."""
    return [best for one in found if (best := _best(group, one)) is not None]


def _best(group: Group, one: Standing) -> Best | None:
    mean = one.intervals.mean
    rivals = [at for at, row in enumerate(group.rows) if row.control is None and not np.isnan(mean[at])]
    if one.column.direction == "none" or len(rivals) < 2:
        return None
    sign = -1.0 if one.column.direction == "higher" else 1.0
    winner = min(rivals, key=lambda at: sign * mean[at])
    low, high = float(one.intervals.low[winner]), float(one.intervals.high[winner])
    return Best(
        name=one.column.name,
        how=one.column.measured_by,
        summary=one.column.summary,
        label=group.rows[winner].label,
        value=figure(float(mean[winner])),
        span="" if np.isnan(low) else f"{figure(low)} to {figure(high)}",
        verdict=_verdict(group, one, winner, rivals),
    )


def _verdict(group: Group, one: Standing, winner: int, rivals: list[int]) -> str:
    mean = one.intervals.mean
    equal = [at for at in rivals if at != winner and mean[at] == mean[winner]]
    if not one.own and len(equal) == len(rivals) - 1:
        return "all are the same"
    if not one.best[winner] and equal:
        return f"as good as {_named(group, equal)}, by their means alone: there are no intervals"
    if not one.best[winner]:
        return "by its mean alone: there is no interval, so nobody can say whether it would stay the best"
    ties = [at for at in rivals if at != winner and (one.ties[at] or not one.best[at])]
    if not ties:
        return f"better than each of the other {len(rivals) - 1}" if len(rivals) > 2 else "better than the other"
    if len(ties) == len(rivals) - 1:
        return (
            f"can't be told apart from any of the other {len(ties)}"
            if len(ties) > 1
            else "can't be told apart from the other"
        )
    return f"can't be told apart from {_named(group, ties)}"


def _named(group: Group, rows: list[int]) -> str:
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return "; ".join(group.rows[at].label for at in rows[:_NAMED]) + more
