"""Which vertical axis curves are drawn on, so that one spike or one large term does not flatten the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator, SymmetricalLogLocator

_LOG_FROM = 10.0
"""Largest over smallest value from which on the axis of positive values is logarithmic."""

_SYMLOG_FROM = 100.0
"""The same of the sizes of values where some are 0 or negative."""

_CROWDED = 1e3

_DEEPEST = 1e-12
"""Of the largest size: what is smaller lies in the linear part, for a logarithmic axis has no end below."""

_TINY = 1e-300
"""Below this matplotlib's logarithms run out of digits."""


@dataclass(frozen=True)
class Scale:
    """``symlog``: logarithmic in both directions, and linear between plus and minus ``linear_within``.

    ``crowded``: so many decades that their own ticks are enough.
    """

    kind: Literal["linear", "log", "symlog"]
    linear_within: float = 0.0
    crowded: bool = False


LINEAR = Scale("linear")


def scale_of(values: Sequence[float]) -> Scale:
    """Logarithmic where the values span decades; linear otherwise."""
    sizes = sorted(abs(value) for value in values if value)
    if not sizes:
        return LINEAR
    smallest, largest = sizes[0], sizes[-1]
    if min(values) > 0 and smallest >= max(largest * _DEEPEST, _TINY):
        return Scale("log", crowded=largest >= smallest * _CROWDED) if largest >= smallest * _LOG_FROM else LINEAR
    if largest <= smallest * _SYMLOG_FROM or largest < _TINY:
        return LINEAR
    # A curve that swings around 0 comes arbitrarily near it, so the smallest size says nothing: the middle one does.
    common = max(sizes[len(sizes) // 2], largest * _DEEPEST, _TINY)
    return Scale("symlog", 10.0 ** math.floor(math.log10(common)))


def set_scale(axes: Axes, scale: Scale) -> None:
    """Give the vertical axis its scale, and few ticks at round numbers."""
    if scale.kind == "linear":
        axes.yaxis.set_major_locator(MaxNLocator(5))
        return
    if scale.kind == "log":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1,) if scale.crowded else (1, 2, 5), numticks=8))
    else:
        axes.set_yscale("symlog", linthresh=scale.linear_within)
        locator = SymmetricalLogLocator(base=10, linthresh=scale.linear_within)
        locator.set_params(numticks=8)
        axes.yaxis.set_major_locator(locator)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
