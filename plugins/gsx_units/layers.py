"""layers: whole layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Space
from gsx_units.options import LayersOptions


class LayersUnit:
    """One coefficient per layer ``(L,)``, common to all channels and positions of its map."""

    def __init__(self, options: LayersOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        names = dict.fromkeys(self.options.layers or layout)
        return [Address("extractor", name, self.options.role) for name in names]

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        return Space((len(activations),), tuple(address.path for address in activations))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, L)``."""
        own = coefficients[:, place]
        return torch.lerp(baseline, activation, own[:, None, None, None])
