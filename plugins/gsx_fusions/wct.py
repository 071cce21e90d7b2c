"""wct: whitening and colouring transform."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.whitening import whiten_and_colour
from gsx_fusions.options import WctOptions


class Wct:
    """(1 − α)·F_c + α·WCT(F_c, F_s): the style's whole channel covariance, where AdaIN gives its diagonal alone.

    Source: Li et al., "Universal Style Transfer via Feature Transforms", NIPS 2017, eq. 2–4.
    """

    def __init__(self, options: WctOptions) -> None:
        self.options = options

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` at ``level`` -> ``(N, C, H, W)``."""
        own = content[level]
        if self.options.alpha == 0:
            return own
        return torch.lerp(own, whiten_and_colour(own, style[level], self.options.floor), self.options.alpha)
