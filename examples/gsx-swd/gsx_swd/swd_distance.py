"""The sliced Wasserstein distance to the style, as a figure of a result."""

from torch import Tensor

from gsx.api import Outputs
from gsx_swd.options import SwdDistanceOptions, distance_layers
from gsx_swd.wasserstein import sliced_wasserstein, unit_directions

COINCIDE = 1e-12
"""Squared: where content and style are no farther apart than this, nothing can be a share of it."""


class SwdDistance:
    """Figures ``raw.LAYER`` and ``normalised.LAYER``, and the ``mean`` of each over layers; averaged over pictures.

    Raw: the root of the sliced squared distance, in units of the features. Normalised: divided by the distance of the
    content to the style at that layer: 0 has the style's distribution, 1 is as far as the content. It is left out for a
    picture and layer where content and style coincide.
    """

    def __init__(self, options: SwdDistanceOptions) -> None:
        self.options = options
        self._seen: dict[str, list[float]] = {}

    def update(self, outputs: Outputs) -> None:
        raw: dict[str, list[float]] = {}
        starts: dict[str, list[float]] = {}
        for layer in distance_layers(self.options, outputs.layout):
            style = outputs.style_maps[layer]
            raw[layer] = self._distances(outputs.stylized_maps[layer], style)
            starts[layer] = self._distances(outputs.content_maps[layer], style)
        for index in range(len(outputs.stylized)):
            own = {layer: values[index] for layer, values in raw.items()}
            # Where one content or style stands for the whole batch, so does its distance.
            shares = {
                layer: own[layer] / start
                for layer, values in starts.items()
                if (start := values[index if len(values) > 1 else 0]) > COINCIDE**0.5
            }
            self._add("raw", own)
            self._add("normalised", shares)

    def compute(self) -> dict[str, float]:
        return {name: sum(values) / len(values) for name, values in self._seen.items()}

    def _distances(self, maps: Tensor, style: Tensor) -> list[float]:
        directions = unit_directions(style.shape[1], self.options.directions, self.options.seed)
        distances: list[float] = sliced_wasserstein(maps, style, directions).sqrt().tolist()
        return distances

    def _add(self, group: str, values: dict[str, float]) -> None:
        if values:
            for name, value in {**values, "mean": sum(values.values()) / len(values)}.items():
                self._seen.setdefault(f"{group}.{name}", []).append(value)
