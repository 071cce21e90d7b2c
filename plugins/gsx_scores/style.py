"""Style score: distance of the result to the style."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import STYLE_DISTANCES
from gsx_scores.options import StyleOptions, all_layers


class Style:
    """Distance of stylised to style maps per sample, averaged over layers, ``(N,)``; 0 = the style's statistics."""

    def __init__(self, options: StyleOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        distance = STYLE_DISTANCES[self.options.statistic]
        layers = all_layers(self.options, outputs.layout)
        values = [distance(outputs.stylized_maps[layer], outputs.style_maps[layer]) for layer in layers]
        return torch.stack(values).mean(0)
