"""Means with 95 % intervals over crossed factors: seeds × contents × styles.

Values of one content hang together, and so do those of one style: the n of a plain standard error is not their
number. The pigeonhole bootstrap draws the levels of each factor anew, each factor on its own, and takes every value
as often as its levels were drawn together (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2),
386-411). Its variance is never below the true one for many levels: it counts noise once per factor.

Few levels are the rule here (3 seeds, 4 pictures), and there a percentile interval is too narrow: a factor of n levels
shows (n-1)/n of its variance, and quantiles of the normal stand in for those of t. Both are put right (after Hesterberg
2015, "What teachers should know about the bootstrap", The American Statistician 69(4), 371-386): deviations from the
mean are stretched by sqrt(Σ v_f / Σ v_f (n_f-1)/n_f) · t(df) / z, where v_f is the variance of the mean that factor f
alone accounts for and df = (Σ v_f)² / Σ v_f²/(n_f-1) (Satterthwaite 1946). Two contents that agree by chance therefore
prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtri, stdtrit

from gsx.report.bench.records import Array

FACTORS = ("seeds", "contents", "styles")
LEVEL = 0.95
RESAMPLES = 1000
_ROUNDING = 1e-12
"""As a share of the mean: values that differ by less are one value."""
_CHUNK = 2000
"""Rows at a time: 16 MB of resampled means."""


@dataclass(frozen=True)
class Intervals:
    """One entry per row, each array of shape (rows,).

    ``mean`` is NaN where there is no value at all. ``low`` and ``high`` are NaN where nothing varies over which an
    interval could be taken: one seed, one content and one style; or several seeds that all gave the same value of one
    content and one style, for repeating what never changes proves nothing.
    """

    mean: Array
    low: Array
    high: Array
    levels: Array
    """(rows, 3): how many seeds, contents and styles have a value."""

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.mean)


def intervals(values: Array, seed: int = 0, resamples: int = RESAMPLES) -> Intervals:
    """Mean and interval of each row.

    Args:
        values: (rows, seeds, contents, styles), NaN where there is none; finite and no larger than 1e39 elsewhere.
        seed: equal seeds give equal intervals, and the draws are the same ones for every row.
    """
    rows, *shape = values.shape
    flat = values.reshape(rows, -1)
    there = ~np.isnan(flat)
    counts = there.sum(axis=1)
    mean = np.full(rows, np.nan)
    has = counts > 0
    mean[has] = np.where(there, flat, 0.0)[has].sum(axis=1) / counts[has]
    # Sums of deviations, not of values: a mean of 1e6 with a spread of 1e-3 keeps its digits.
    off = np.where(there, flat - mean[:, None], 0.0)
    levels, own, shown = _variances(off, there, shape)
    varies = levels.max(axis=1, initial=0) > 1
    repeated = varies & (levels[:, 1:] <= 1).all(axis=1)
    varies[repeated] = np.ptp(np.where(there, flat, mean[:, None])[repeated], axis=1) > _ROUNDING * np.abs(
        mean[repeated]
    )
    low, high = np.full(rows, np.nan), np.full(rows, np.nan)
    weights = _draws(tuple(shape), seed, resamples)
    for start in range(0, rows, _CHUNK):
        part = np.arange(start, min(start + _CHUNK, rows))
        part = part[varies[part]]
        for chosen in (part[counts[part] == flat.shape[1]], part[counts[part] < flat.shape[1]]):
            if chosen.size:
                low[chosen], high[chosen] = _quantiles(off[chosen], there[chosen], weights)
    stretch = _stretch(levels, own, shown)
    return Intervals(mean, mean + stretch * low, mean + stretch * high, levels)


@cache
def _draws(shape: tuple[int, ...], seed: int, resamples: int) -> Array:
    """How often each value is taken in each resample: (resamples, seeds · contents · styles)."""
    random = np.random.default_rng(seed)
    drawn = [random.multinomial(size, np.full(size, 1 / size), size=resamples).astype(float) for size in shape]
    taken: Array = np.einsum("bi,bj,bk->bijk", *drawn).reshape(resamples, -1)
    return taken


def _quantiles(off: Array, there: np.ndarray, weights: Array) -> tuple[Array, Array]:
    """The lower and the upper quantile of the resampled mean deviation of each row."""
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    if there.all():
        means = off @ weights.T / weights.sum(axis=1)
        places = [round(tail * (means.shape[1] - 1)) for tail in tails]
        means.partition(places, axis=1)
        return means[:, places[0]], means[:, places[1]]
    taken = there.astype(float) @ weights.T
    # Gaps: a resample that drew nothing but gaps says nothing, and is left out.
    means = np.divide(off @ weights.T, taken, out=np.full(taken.shape, np.nan), where=taken > 0)
    low, high = np.nanquantile(means, tails, axis=1)
    return low, high


def _variances(off: Array, there: np.ndarray, shape: list[int]) -> tuple[Array, Array, Array]:
    """Per factor (rows, 3): its levels; the variance of the mean that it accounts for; what a bootstrap shows of it."""
    cube, mask = off.reshape(-1, *shape), there.reshape(-1, *shape)
    levels, own, shown = (np.zeros((len(off), 3)) for _ in range(3))
    for factor in range(3):
        others = tuple(axis for axis in (1, 2, 3) if axis != factor + 1)
        total, count = cube.sum(axis=others), mask.sum(axis=others)
        margin = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
        n = (count > 0).sum(axis=1)
        middle = margin.sum(axis=1) / np.maximum(n, 1)
        squares = np.where(count > 0, (margin - middle[:, None]) ** 2, 0.0).sum(axis=1)
        many = n > 1
        levels[:, factor] = n
        own[many, factor] = squares[many] / (n[many] - 1) / n[many]
        shown[many, factor] = squares[many] / n[many] ** 2
    return levels, own, shown


def _stretch(levels: Array, own: Array, shown: Array) -> Array:
    """By how much the bootstrap's deviations are too small; 1 where nothing varies."""
    total, seen = own.sum(axis=1), shown.sum(axis=1)
    stretch = np.ones(len(levels))
    varies = (total > 0) & (seen > 0)
    if varies.any():
        share = own[varies] / total[varies, None]
        degrees = 1 / (share**2 / np.maximum(levels[varies] - 1, 1)).sum(axis=1)
        quantile = (1 + LEVEL) / 2
        stretch[varies] = np.sqrt(total[varies] / seen[varies]) * stdtrit(degrees, quantile) / ndtri(quantile)
    return stretch


def over(levels: Array) -> str:
    """What one row's interval is taken over: ``3 seeds × 4 contents × 4 styles``; single ones are named too."""
    counts = [(int(n), name) for n, name in zip(levels, FACTORS, strict=True) if n > 0]
    many = " × ".join(f"{n} {name}" for n, name in counts if n > 1)
    single = [name[:-1] for n, name in counts if n == 1]
    if not many:
        return "no interval: one " + ", one ".join(single) if single else "no value"
    return many + (f" (one {', one '.join(single)})" if single else "")
