"""Content loss: how far the stylised picture's maps are from the content's."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import ContractError, Outputs
from gsx.ops.distances import squared_error
from gsx.ops.statistics import variance
from gsx_losses.options import ContentOptions, content_layers


class Content:
    """‖F_Î − F_c‖² per sample, ``(N,)``; several layers are added up.

    Source: Gatys et al., CVPR 2016, eq. 1. ``reduction="mean"`` divides each layer by its number of elements,
    so that the value does not depend on the picture's size; ``"sum"`` is the formula itself. With ``target="fused"``
    F̂ stands in for F_c, as in Huang & Belongie, ICCV 2017, eq. 12; ``relative`` divides by the target's variance.

    Raises:
        ContractError: ``target="fused"`` at a layer that the generator takes no fused map of.
    """

    def __init__(self, options: ContentOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        values = []
        for layer in content_layers(self.options, outputs.layout):
            target = self._target(outputs, layer)
            error = squared_error(outputs.stylized_maps[layer], target, self.options.reduction)
            values.append(error / variance(target) if self.options.relative else error)
        return torch.stack(values).sum(0)

    def _target(self, outputs: Outputs, layer: str) -> Tensor:
        if self.options.target == "content":
            return outputs.content_maps[layer]
        if layer not in outputs.fused:
            raise ContractError(
                f"loss 'content' with target=fused needs a fused map of {layer}; there are {', '.join(outputs.fused)}.",
                hint="Try --set loss.content.target=content, or name one of those with loss.content.layers.",
            )
        return outputs.fused[layer]
