"""The sliced Wasserstein style loss."""

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.statistics import variance
from gsx_swd.options import SwdOptions, loss_layers
from gsx_swd.wasserstein import sliced_wasserstein, unit_directions


class Swd:
    """Mean over layers of the sliced Wasserstein distance of stylised to style maps, per sample ``(N,)``, ≥ 0.

    It is 0 where, along every direction, the two maps hold the same features equally often; no moment can then differ.
    ``relative`` divides each layer's by the variance of the style's map.

    Source: Heitz et al., CVPR 2021 (see :func:`~gsx_swd.wasserstein.sliced_wasserstein`); they add the layers up.
    """

    def __init__(self, options: SwdOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        values = []
        for layer in loss_layers(self.options, outputs.layout):
            stylized, style = outputs.stylized_maps[layer], outputs.style_maps[layer]
            directions = unit_directions(stylized.shape[1], self.options.directions, self.options.seed)
            distance = sliced_wasserstein(stylized, style, directions)
            values.append(distance / variance(style) if self.options.relative else distance)
        return torch.stack(values).mean(0)
