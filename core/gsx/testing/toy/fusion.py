"""The toy fusion."""

from __future__ import annotations

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.testing.toy import ToyFusionOptions


class ToyFusion:
    """F_c + α·(mean(F_s) − mean(F_c))."""

    def __init__(self, options: ToyFusionOptions) -> None:
        self.alpha = options.alpha

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        own, other = content[level], style[level]
        if self.alpha == 0:
            return own
        return own + self.alpha * (other.mean((2, 3), keepdim=True) - own.mean((2, 3), keepdim=True))
