"""Content loss: how far the stylised picture's maps are from the content's."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import squared_error
from gsx_losses.options import ContentOptions, content_layers


class Content:
    """‖F_Î − F_c‖² per sample, ``(N,)``; several layers are added up.

    Source: Gatys et al., CVPR 2016, eq. 1. ``reduction="mean"`` divides each layer by its number of elements,
    so that the value does not depend on the picture's size; ``"sum"`` is the formula itself.
    """

    def __init__(self, options: ContentOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        stylized, content = outputs.stylized_maps, outputs.content_maps
        values = [
            squared_error(stylized[layer], content[layer], self.options.reduction)
            for layer in content_layers(self.options, outputs.layout)
        ]
        return torch.stack(values).sum(0)
