"""Whether a result is closest to its own style."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs, Skip
from gsx.ops.statistics import mean_std, variance
from gsx_metrics.judged_options import StyleRetrievalOptions, retrieval_layers
from gsx_metrics.picture_sets import identity


class StyleRetrieval:
    """The share of results whose nearest style, of all in the set, is the one that they were given: ``accuracy``.

    Near is meant in the judge's channel means and deviations, each layer in units of the styles' mean variance there,
    all layers alike. Of S styles, a result that has nothing of its style is right once in S times; untouched contents
    (IDT) show what the pictures' own likeness gives.
    """

    def __init__(self, options: StyleRetrievalOptions) -> None:
        self.options = options
        self._styles: dict[str, tuple[list[Tensor], list[Tensor]]] = {}
        self._results: list[tuple[str, list[Tensor]]] = []

    def update(self, outputs: Outputs) -> None:
        layers = retrieval_layers(self.options, outputs.layout)
        own = [identity(picture) for picture in outputs.style]
        statistics = [_statistics(outputs.style_maps[layer]) for layer in layers]
        spread = [variance(outputs.style_maps[layer]).cpu().double() for layer in layers]
        for index, name in enumerate(own):
            self._styles.setdefault(name, ([part[index] for part in statistics], [part[index] for part in spread]))
        found = [_statistics(outputs.stylized_maps[layer]) for layer in layers]
        for index in range(len(outputs.stylized)):
            name = own[0] if len(own) == 1 else own[index]  # one style for the whole batch
            self._results.append((name, [part[index] for part in found]))

    def compute(self) -> dict[str, float]:
        """The figure.

        Raises:
            Skip: there is one style only, or no result.
        """
        if len(self._styles) < 2 or not self._results:
            raise Skip(f"it needs at least 2 different styles, and here are {len(self._styles)}")
        names = list(self._styles)
        right = 0
        for own, result in self._results:
            distances = torch.zeros(len(names), dtype=torch.float64)
            for layer, value in enumerate(result):
                candidates = torch.stack([statistics[layer] for statistics, _ in self._styles.values()])
                scale = torch.stack([spread[layer] for _, spread in self._styles.values()]).mean()
                distances += (candidates - value).square().mean(1) / scale
            right += names[int(distances.argmin())] == own
        return {"accuracy": right / len(self._results)}


def _statistics(features: Tensor) -> Tensor:
    """Means, then deviations, of each channel. Shape: ``(N, C, H, W)`` -> ``(N, 2 C)`` in float64 on the CPU."""
    return torch.cat(mean_std(features), dim=1).flatten(1).cpu().double()
