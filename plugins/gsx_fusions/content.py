"""content: the identity, a control."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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

    def of_parts(self, style: FeatureMaps, whole: Mapping[str, Statistics]) -> Callable[[FeatureMaps, str], Tensor]:
        """The same for parts of a content."""
        return lambda part, level: part[level]
