"""Gram loss: how far the stylised picture's channel correlations are from the style's."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import gram_distance
from gsx_losses.options import GramOptions, weighted_layers


class Gram:
    """Σ_l w_l ‖Gram_Î − Gram_s‖² per sample, ``(N,)``.

    Source: Gatys et al., CVPR 2016, eq. 5; the default w_l is theirs, one divided by the number of layers. Their
    factor 1/(4·C²) is left to w_l; ``reduction="mean"`` supplies the 1/C².
    """

    def __init__(self, options: GramOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        stylized, style, options = outputs.stylized_maps, outputs.style_maps, self.options
        values = [
            weight * gram_distance(stylized[layer], style[layer], options.reduction, options.normaliser)
            for layer, weight in weighted_layers(options, outputs.layout).items()
        ]
        return torch.stack(values).sum(0)
