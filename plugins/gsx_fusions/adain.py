"""adain: adaptive instance normalisation."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import Statistics, match_statistics, mean_std
from gsx_fusions.options import AdainOptions


class Adain:
    """(1 - α)·F_c + α·AdaIN(F_c, F_s).

    Source: Huang & Belongie, "Arbitrary Style Transfer in Real-time with AdaIN", ICCV 2017, eq. 8 and 14.
    """

    def __init__(self, options: AdainOptions) -> None:
        self.alpha = options.alpha

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` at ``level`` -> ``(N, C, H, W)``."""
        return self.part(content, style, level, mean_std(content[level]))

    def part(self, content: FeatureMaps, style: FeatureMaps, level: str, whole: Statistics) -> Tensor:
        """The same of a part of the content; ``whole`` is the mean and deviation of the whole content's map.

        Shape: content ``(N, C, h, w)``, whole two of ``(N, C, 1, 1)`` -> ``(N, C, h, w)``.
        """
        own = content[level]
        if self.alpha == 0:
            return own
        # lerp gives the end itself at 1; own + (end - own) would leave a rounding in the content's gradient.
        return torch.lerp(own, match_statistics(own, *mean_std(style[level]), whole), self.alpha)
