"""Style alignment: how far the result's statistics have gone from the content's to the style's."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.statistics import mean_std
from gsx_scores.options import StyleAlignmentOptions, all_layers

COINCIDE = 1e-5
"""Statistics of content and style whose difference is under this share of their own size are the same."""


class StyleAlignment:
    """⟨stat(Î) − stat(c), stat(s) − stat(c)⟩ / ‖stat(s) − stat(c)‖² per sample, averaged over layers, ``(N,)``.

    stat is the channel means and deviations of a layer, side by side. 0: no closer to the style than the content is;
    1: all the way; it may be negative or exceed 1. A layer where content and style have the same statistics gives 0.
    """

    def __init__(self, options: StyleAlignmentOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        layers = all_layers(self.options, outputs.layout)
        values = [
            alignment(outputs.stylized_maps[layer], outputs.content_maps[layer], outputs.style_maps[layer])
            for layer in layers
        ]
        return torch.stack(values).mean(0)


def alignment(stylized: Tensor, content: Tensor, style: Tensor) -> Tensor:
    """The score at one layer.

    Shape:
        three of ``(N, C, ·, ·)``, each of its own size -> ``(N,)``.
    """
    start, end = _statistics(content), _statistics(style)
    way = end - start
    length = way.square().sum(1)
    apart = length > COINCIDE**2 * (start.square().sum(1) + end.square().sum(1))
    gone = ((_statistics(stylized) - start) * way).sum(1)
    return torch.where(apart, gone / torch.where(apart, length, 1), 0)


def _statistics(features: Tensor) -> Tensor:
    return torch.cat(mean_std(features), dim=1).flatten(1)
