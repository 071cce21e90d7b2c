"""Content distance, layer by layer."""

from __future__ import annotations

import torch

from gsx.api import Outputs
from gsx.ops.distances import squared_error
from gsx_metrics.averages import Averages
from gsx_metrics.options import ContentDistanceOptions, content_layers


class ContentDistance:
    """Mean squared difference of stylised and content maps: one figure per layer, and their ``mean``."""

    def __init__(self, options: ContentDistanceOptions) -> None:
        self.options = options
        self._averages = Averages()

    def update(self, outputs: Outputs) -> None:
        layers = content_layers(self.options, outputs.layout)
        values = [squared_error(outputs.stylized_maps[layer], outputs.content_maps[layer]) for layer in layers]
        for layer, value in zip(layers, values, strict=True):
            self._averages.add(layer, value)
        self._averages.add("mean", torch.stack(values).mean(0))

    def compute(self) -> dict[str, float]:
        return self._averages.means()
