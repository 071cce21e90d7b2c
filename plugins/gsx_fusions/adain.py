"""adain: adaptive instance normalisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
        return self.of_parts(style, {level: mean_std(content[level])})(content, level)

    def of_parts(self, style: FeatureMaps, whole: Mapping[str, Statistics]) -> Callable[[FeatureMaps, str], Tensor]:
        """The same for parts of a content whose whole maps have the statistics ``whole``, by level."""
        of_style = {level: mean_std(style[level]) for level in whole} if self.alpha else {}

        def fuse(part: FeatureMaps, level: str) -> Tensor:
            own = part[level]
            if self.alpha == 0:
                return own
            # lerp gives the end itself at 1; own + (end - own) would leave a rounding in the content's gradient.
            return torch.lerp(own, match_statistics(own, *of_style[level], whole[level]), self.alpha)

        return fuse
