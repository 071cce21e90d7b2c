"""Region: a simple statistic of the result inside a box."""

from __future__ import annotations

from torch import Tensor

from gsx.api import Outputs
from gsx.ops.statistics import mean_std
from gsx_scores.options import RegionOptions

CHANNELS = {"all": slice(0, 3), "red": slice(0, 1), "green": slice(1, 2), "blue": slice(2, 3)}
TINY = 1e-12
"""Variance under the root of ``contrast``: small enough to leave a flat box at 1e-6."""


class Region:
    """Mean colour, contrast or gradient energy inside a box of the stylised picture, per sample, ``(N,)``.

    *mean-color* in [0, 1]; *contrast*: standard deviation over the box; *gradient-energy*: mean dx² + mean dy².
    Each is taken per colour, then averaged over the chosen ones. The box's edges go to the nearest pixel, and it is
    at least 2 px wide and high.
    """

    def __init__(self, options: RegionOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        options = self.options
        rows = _span(options.top, options.bottom, outputs.stylized.shape[2])
        columns = _span(options.left, options.right, outputs.stylized.shape[3])
        box = outputs.stylized[:, CHANNELS[options.channel], rows, columns].float()
        if options.statistic == "mean-color":
            return box.mean((1, 2, 3))
        if options.statistic == "contrast":
            return mean_std(box, TINY)[1].mean((1, 2, 3))
        return box.diff(dim=3).square().mean((1, 2, 3)) + box.diff(dim=2).square().mean((1, 2, 3))


def _span(start: float, stop: float, side: int) -> slice:
    first = min(round(start * side), side - 2)
    return slice(first, max(round(stop * side), first + 2))
