"""statistics: mean and deviation of each channel of one layer's map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.moments import remade
from gsx_units.options import StatisticsOptions


class StatisticsUnit:
    """One coefficient per channel and statistic ``(C,)`` or ``(2 · C,)``: all means, then all deviations.

    What is left of the map is its normalised form, of which a fusion by statistics reads nothing.
    """

    def __init__(self, options: StatisticsOptions) -> None:
        self.options = options
        self.statistics = ("mean", "std") if options.statistic == "both" else (options.statistic,)

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        return (Address("extractor", self.options.layer or layout.structural().name, self.options.role),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        ((address, activation),) = activations.items()
        channels = range(activation.shape[1])
        names = tuple(f"{address.path} {name}[{index}]" for name in self.statistics for index in channels)
        return Space((len(names),), names)

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, C)`` or ``(N, 2 · C)``."""
        parts = coefficients.split(activation.shape[1], dim=1)
        given = {name: part[:, :, None, None] for name, part in zip(self.statistics, parts, strict=True)}
        kept = torch.ones((), device=activation.device)
        return remade(activation, baseline, given.get("mean", kept), given.get("std", kept), kept)
