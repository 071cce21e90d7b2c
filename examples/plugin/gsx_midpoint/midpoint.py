"""Midpoint: a fusion that moves channel means and leaves deviations alone."""

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import mean_std
from gsx_midpoint import MidpointOptions


class Midpoint:
    """F_c + amount · (μ_s − μ_c), level by level."""

    def __init__(self, options: MidpointOptions) -> None:
        self.options = options

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: maps ``(N, C, h, w)`` and ``(N, C, h', w')`` -> ``(N, C, h, w)``."""
        own, other = mean_std(content[level])[0], mean_std(style[level])[0]
        return content[level] + self.options.amount * (other - own)
