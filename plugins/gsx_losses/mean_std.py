"""Mean-and-deviation loss: AdaIN's style loss."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import mean_std_distance
from gsx.ops.statistics import variance
from gsx_losses.options import MeanStdOptions, weighted_layers


class MeanStd:
    """Σ_l w_l (mean (μ_Î − μ_s)² + mean (σ_Î − σ_s)²) per sample, ``(N,)``.

    Source: Huang & Belongie, ICCV 2017, eq. 13, with mean squares as in the authors' code. They add the layers up,
    which is ``layer_weights`` of 1 each. ``relative`` divides each layer by its style map's variance.
    """

    def __init__(self, options: MeanStdOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        stylized, style = outputs.stylized_maps, outputs.style_maps
        values = []
        for layer, weight in weighted_layers(self.options, outputs.layout).items():
            distance = weight * mean_std_distance(stylized[layer], style[layer])
            values.append(distance / variance(style[layer]) if self.options.relative else distance)
        return torch.stack(values).sum(0)
