"""channels: the channels of one layer's map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.options import MapOptions


class ChannelsUnit:
    """One coefficient per channel ``(C,)``, common to all positions."""

    def __init__(self, options: MapOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        layer = self.options.layer or layout.structural().name
        return (Address("extractor", layer, self.options.role, self.options.inside),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        ((address, activation),) = activations.items()
        channels = activation.shape[1]
        return Space((channels,), tuple(f"{address.path}[{index}]" for index in range(channels)))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, C)``."""
        return torch.lerp(baseline, activation, coefficients[:, :, None, None])
