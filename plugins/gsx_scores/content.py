"""Content score: distance of the result to the content."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import squared_error
from gsx.ops.statistics import variance
from gsx_scores.options import ContentOptions, content_layers


class Content:
    """Mean squared difference of stylised and content maps per sample, averaged over layers, ``(N,)``.

    ``relative`` divides each layer's by the variance of the content's map, so that contents and layers compare.
    """

    def __init__(self, options: ContentOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        values = []
        for layer in content_layers(self.options, outputs.layout):
            content = outputs.content_maps[layer]
            error = squared_error(outputs.stylized_maps[layer], content)
            values.append(error / variance(content) if self.options.relative else error)
        return torch.stack(values).mean(0)
