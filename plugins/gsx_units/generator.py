"""generator: the output channels of one module within the generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import PICTURE, Address, FeatureLayout, Space
from gsx_units.options import ModuleOptions

COLOURS = ("red", "green", "blue")
"""The channels of what a generator gives in the end."""


class GeneratorUnit:
    """One coefficient per output channel ``(C,)``, common to all positions: the units of GAN dissection.

    Source: Bau et al., "GAN Dissection: Visualizing and Understanding Generative Adversarial Networks", ICLR 2019.
    """

    def __init__(self, options: ModuleOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        return (Address("generator", self.options.module, "stylized"),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        ((address, activation),) = activations.items()
        channels = activation.shape[1]
        if address.path == PICTURE and channels == len(COLOURS):
            return Space((channels,), COLOURS)
        return Space((channels,), tuple(f"{address.path}[{index}]" for index in range(channels)))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, ...)``, with or without positions, coefficients ``(N, C)``."""
        positions = (1,) * (activation.ndim - 2)
        return torch.lerp(baseline, activation, coefficients.reshape(*coefficients.shape, *positions))
