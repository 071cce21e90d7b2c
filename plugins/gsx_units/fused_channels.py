"""fused-channels: the channels of one fused map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.options import FusedOptions


class FusedChannelsUnit:
    """One coefficient per channel ``(C,)`` of what the generator is given, common to all positions."""

    def __init__(self, options: FusedOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        """Raises ContractError where the generator is not given that level."""
        return (Address("fusion", layout.level(self.options.level, who="unit 'fused-channels'"), "stylized"),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        ((address, fused),) = activations.items()
        channels = fused.shape[1]
        return Space((channels,), tuple(f"fused {address.path}[{index}]" for index in range(channels)))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, C)``."""
        return torch.lerp(baseline, activation, coefficients[:, :, None, None])
