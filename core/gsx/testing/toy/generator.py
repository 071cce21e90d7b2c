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
        return self._enlarged(fused, content).clamp(0, 1)

    def displacements(self, fused: FeatureMaps, content: Tensor, context: Context) -> dict[str, Tensor]:
        """``enlarging`` moves the content to the channels, ``clamping`` from there into [0, 1]."""
        enlarged = self._enlarged(fused, content)
        return {"enlarging": enlarged - content, "clamping": enlarged.clamp(0, 1) - enlarged}

    def _enlarged(self, fused: FeatureMaps, content: Tensor) -> Tensor:
        return interpolate(fused[self.level][:, :3], size=content.shape[-2:])
