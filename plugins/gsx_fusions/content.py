"""content: the identity, a control."""

from __future__ import annotations

from torch import Tensor

from gsx.api import Options
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import Statistics


class Content:
    """F̂ = F_c: whatever a result still shows of the style did not come through the fusion."""

    def __init__(self, options: Options) -> None:
        pass

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: content ``(N, C, H, W)`` at ``level`` -> the same tensor."""
        return content[level]

    def part(self, content: FeatureMaps, style: FeatureMaps, level: str, whole: Statistics) -> Tensor:
        """The same of a part of the content."""
        return content[level]
