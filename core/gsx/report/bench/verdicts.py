"""Better, worse, or can't be told apart: paired differences, read in the direction of their metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gsx.report.bench.pigeonhole import intervals, over
from gsx.report.bench.records import Array, Direction

Verdict = Literal["better", "worse", "can't be told apart", "the same", "higher", "lower", "not known"]


@dataclass(frozen=True)
class Change:
    """What became of a figure on the way from ``before`` to ``after``, over what both have.

    ``low`` and ``high`` are None where there is nothing to take an interval over, and the verdict is ``not known``.
    ``pairs``: how many (seed, content, style) both have.
    """

    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    over: str
    pairs: int
    verdict: Verdict


Ends = tuple[Array, Array]
"""The lower and the upper ends of intervals that a metric gave itself, shaped like its values."""


def change_between(
    before: Array,
    after: Array,
    direction: Direction,
    *,
    whole: bool = False,
    ends: tuple[Ends, Ends] | None = None,
) -> Change | None:
    """Compare two fields of values over what both have; None where that is nothing.

    Args:
        before, after: (seeds, contents, styles) on the same levels, NaN where there is no value.
        whole: each value is one over all pictures, so that an interval can be over seeds alone.
        ends: of both, where the metric gave intervals itself. Seeds say nothing of other pictures and those intervals
            do, so the change's interval is from them: as wide as if both erred in opposite directions.
    """
    both = ~np.isnan(before) & ~np.isnan(after)
    if not both.any():
        return None
    difference = np.where(both, after - before, np.nan)
    found = intervals(difference[None])
    low, high = float(found.low[0]), float(found.high[0])
    said = over(found.levels[0])
    if whole:
        seeds = int(found.levels[0, 0])
        said = f"{seeds} seeds, over all pictures at once" if seeds > 1 else "no interval: one figure over all pictures"
    if ends is not None:
        (low_1, high_1), (low_2, high_2) = ends
        low, high = float((low_2 - high_1)[both].mean()), float((high_2 - low_1)[both].mean())
        said = "the metric's own intervals"
    known = not np.isnan(low)
    return Change(
        before=float(before[both].mean()),
        after=float(after[both].mean()),
        change=float(found.mean[0]),
        low=low if known else None,
        high=high if known else None,
        over=said,
        pairs=int(both.sum()),
        verdict=verdict_of(low, high, direction, same=not np.any(difference[both])),
    )


def verdict_of(low: float, high: float, direction: Direction, *, same: bool = False) -> Verdict:
    """From the ends of a difference's interval, NaN where there is none; ``same``: no value differs at all."""
    if same:
        return "the same"
    if np.isnan(low) or np.isnan(high):
        return "not known"
    if low <= 0 <= high:
        return "can't be told apart"
    if direction == "none":
        return "higher" if low > 0 else "lower"
    return "better" if (high < 0) == (direction == "lower") else "worse"
