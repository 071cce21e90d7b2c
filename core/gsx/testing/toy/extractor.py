"""The toy extractor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gsx.api import FeatureLayout
from gsx.ops.feature_maps import FeatureMaps
from gsx.testing.toy import toy_layout


class Stage(nn.Module):
    """Averages the first three channels over ``factor`` × ``factor`` positions, and adds mixes of their squares.

    Shape:
        ``(N, ≥ 3, H, W)`` -> ``(N, channels, H // factor, W // factor)``.
    """

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.mix = nn.Parameter(torch.randn(channels - 3, 3))

    def forward(self, features: Tensor) -> Tensor:
        colours = features[:, :3]
        if self.factor > 1:
            colours = avg_pool2d(colours, self.factor)
        return torch.cat([colours, torch.einsum("km,nmhw->nkhw", self.mix, colours.square())], dim=1)


class ToyExtractor(nn.Module):
    """Layer ``pool<s>``: channels 0 to 2 are the picture's colours averaged over s × s pixels."""

    def __init__(self, options: Any, metadata: Mapping[str, str], layout: FeatureLayout | None = None) -> None:
        super().__init__()
        layout = layout or toy_layout(options.strides)
        self.stages = nn.ModuleDict()
        stride = 1
        for layer in layout.values():
            self.stages[layer.name] = Stage(layer.channels, layer.stride // stride)
            stride = layer.stride
        self.layer_modules = {name: f"stages.{name}" for name in layout}

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, H // s, W // s)}``."""
        wanted = [name for name in self.stages if name in set(layers)]
        maps: FeatureMaps = {}
        x = image
        for name, stage in self.stages.items():
            if len(maps) == len(wanted):
                break
            x = stage(x)
            if name in wanted:
                maps[name] = x
        return maps
