"""The toy generator."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import interpolate

from gsx.api import Context, FeatureLayout
from gsx.ops.feature_maps import FeatureMaps


class ToyGenerator:
    """clamp(first three channels of the one level), each position repeated to the picture's size."""

    def __init__(self, options: Any, levels: FeatureLayout) -> None:
        self.level = next(iter(levels))

    def __call__(self, fused: FeatureMaps, content: Tensor, context: Context) -> Tensor:
        return interpolate(fused[self.level][:, :3], size=content.shape[-2:]).clamp(0, 1)
