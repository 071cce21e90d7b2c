"""Content score: distance of the result to the content."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import squared_error
from gsx_scores.options import ContentOptions, content_layers


class Content:
    """Mean squared difference of stylised and content maps per sample, averaged over layers, ``(N,)``."""

    def __init__(self, options: ContentOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        layers = content_layers(self.options, outputs.layout)
        values = [squared_error(outputs.stylized_maps[layer], outputs.content_maps[layer]) for layer in layers]
        return torch.stack(values).mean(0)
