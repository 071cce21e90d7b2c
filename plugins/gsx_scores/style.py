"""Style score: distance of the result to the style."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import STYLE_DISTANCES, style_size
from gsx_scores.options import StyleOptions, all_layers


class Style:
    """Distance of stylised to style maps per sample, averaged over layers, ``(N,)``; 0 = the style's statistics.

    ``relative`` divides each layer's by the size of the style's own, so that styles and layers compare: a style loss
    as it is says more about the style than about the result.
    """

    def __init__(self, options: StyleOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        statistic, values = self.options.statistic, []
        for layer in all_layers(self.options, outputs.layout):
            stylized = outputs.stylized_maps[layer]
            style = outputs.style_maps[layer]
            if len(style) < len(stylized):  # one that is common to all contents
                style = style.expand(len(stylized), -1, -1, -1)
            distance = STYLE_DISTANCES[statistic](stylized, style)
            values.append(distance / style_size(style, statistic) if self.options.relative else distance)
        return torch.stack(values).mean(0)
