"""Gram loss: how far the stylised picture's channel correlations are from the style's."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import squared_error
from gsx.ops.gram import gram
from gsx.ops.statistics import EPSILON
from gsx_losses.options import GramOptions, weighted_layers


class Gram:
    """Σ_l w_l ‖Gram_Î − Gram_s‖² per sample, ``(N,)``.

    Source: Gatys et al., CVPR 2016, eq. 5; the default w_l is theirs, one divided by the number of layers. Their
    factor 1/(4·C²) is left to w_l; ``reduction="mean"`` supplies the 1/C². ``relative`` divides by ‖Gram_s‖², so
    that each layer's error is a share, whatever the scale of its maps.
    """

    def __init__(self, options: GramOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        stylized, style, options = outputs.stylized_maps, outputs.style_maps, self.options
        values = []
        for layer, weight in weighted_layers(options, outputs.layout).items():
            target = gram(style[layer], options.normaliser)
            distance = weight * squared_error(gram(stylized[layer], options.normaliser), target, options.reduction)
            if options.relative:
                square = squared_error(target, torch.zeros_like(target), options.reduction)
                distance = distance / square.clamp_min(EPSILON)
            values.append(distance)
        return torch.stack(values).sum(0)
