"""fused: the positions of one fused map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.options import FusedOptions


class FusedUnit:
    """One coefficient per position ``(h, w)`` of what the generator is given, common to all channels."""

    def __init__(self, options: FusedOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        """Raises ContractError where the generator is not given that level."""
        return (Address("fusion", layout.level(self.options.level, who="unit 'fused'"), "stylized"),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        (fused,) = activations.values()
        return Space(tuple(fused.shape[-2:]))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, h, w)``."""
        return torch.lerp(baseline, activation, coefficients[:, None])
