"""Statistics gap: how far apart two of the pictures are in channel means or deviations."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs, Role
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import mean_std, variance
from gsx_scores.options import StatisticsGapOptions, all_layers

PLACES = {"mean": (0,), "std": (1,), "both": (0, 1)}
"""Statistic -> which of mean and deviation."""


class StatisticsGap:
    """‖Δμ‖, ‖Δσ‖ or ‖(Δμ, Δσ)‖ between two pictures' maps per sample, averaged over layers, ``(N,)``.

    ``relative``: the root mean square of the same differences, in standard deviations of the second picture's map.
    """

    def __init__(self, options: StatisticsGapOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        options, values = self.options, []
        first, second = _maps(outputs, options.of), _maps(outputs, options.to)
        for layer in all_layers(options, outputs.layout):
            one, other = mean_std(first[layer]), mean_std(second[layer])
            gaps = torch.cat([one[place] - other[place] for place in PLACES[options.statistic]], dim=1).flatten(1)
            gap = torch.linalg.vector_norm(gaps, dim=1)  # its gradient is 0 where the pictures agree
            if options.relative:
                gap = gap / (gaps.shape[1] * variance(second[layer])).sqrt()
            values.append(gap)
        return torch.stack(values).mean(0)


def _maps(outputs: Outputs, role: Role) -> FeatureMaps:
    if role == "stylized":
        return outputs.stylized_maps
    return outputs.content_maps if role == "content" else outputs.style_maps
