"""Style distance, layer by layer, raw and relative to where the content started."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.distances import STYLE_DISTANCES
from gsx_metrics.averages import Averages
from gsx_metrics.options import StyleDistanceOptions, style_layers

Distance = Callable[[Tensor, Tensor], Tensor]
"""Two maps ``(N, C, ·, ·)`` -> ``(N,)``."""

COINCIDE = 1e-12
"""Where content and style are no farther apart than this, nothing can be a share of it."""


def add_distances(averages: Averages, outputs: Outputs, layers: Sequence[str], distance: Distance) -> None:
    """Add ``raw.LAYER``, ``normalised.LAYER`` and their means, as :class:`StyleDistance` describes them."""
    raw, normalised = {}, {}
    for layer in layers:
        style = outputs.style_maps[layer]
        raw[layer] = distance(outputs.stylized_maps[layer], style)
        start = distance(outputs.content_maps[layer], style)
        normalised[layer] = torch.where(start > COINCIDE, raw[layer] / start, torch.nan)
    for kind, values in (("raw", raw), ("normalised", normalised)):
        values["mean"] = torch.stack(list(values.values())).nanmean(0)
        for name, value in values.items():
            averages.add(f"{kind}.{name}", value if kind == "raw" else value[~value.isnan()])


class StyleDistance:
    """Distance of stylised to style maps: figures ``raw.LAYER`` and ``normalised.LAYER``, and the ``mean`` of each.

    Normalised: divided by the distance of the content to the style at that layer. 0 = the style's statistics; 1 = as
    far as the content is. It is left out for a layer where content and style have the same statistics, and its mean
    then is over the others.
    """

    def __init__(self, options: StyleDistanceOptions) -> None:
        self.options = options
        self._averages = Averages()

    def update(self, outputs: Outputs) -> None:
        layers = style_layers(self.options, outputs.layout)
        add_distances(self._averages, outputs, layers, STYLE_DISTANCES[self.options.statistic])

    def compute(self) -> dict[str, float]:
        return self._averages.means()
