"""layer: the positions of one layer's map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.options import MapOptions


class LayerUnit:
    """One coefficient per position ``(h, w)``, common to all channels."""

    def __init__(self, options: MapOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        layer = self.options.layer or layout.structural().name
        return (Address("extractor", layer, self.options.role, self.options.inside),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        (activation,) = activations.values()
        return Space(tuple(activation.shape[-2:]))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, h, w)``."""
        return torch.lerp(baseline, activation, coefficients[:, None])
