"""The toy unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from gsx.api import Address, FeatureLayout, Space


class ToyUnit:
    """One coefficient for each channel of the shallowest map."""

    def __init__(self, options: Any) -> None:
        pass

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        """The shallowest layer of the stylised picture."""
        return (Address("extractor", next(iter(layout)), "stylized"),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        """As many as there are channels."""
        ((address, activation),) = activations.items()
        channels = activation.shape[1]
        return Space((channels,), tuple(f"{address.path}[{index}]" for index in range(channels)))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation ``(N, C, h, w)``, coefficients ``(N, C)``."""
        return baseline + coefficients[:, :, None, None] * (activation - baseline)
