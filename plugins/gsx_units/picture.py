"""picture: the positions of a picture itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import PICTURE, Address, FeatureLayout, Space
from gsx_units.options import PictureOptions


class PictureUnit:
    """One coefficient per pixel ``(H, W)``, common to its three colours."""

    def __init__(self, options: PictureOptions) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        return (Address("input", PICTURE, self.options.role),)

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        (picture,) = activations.values()
        return Space(tuple(picture.shape[-2:]))

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, 3, H, W)``, coefficients ``(N, H, W)``."""
        return torch.lerp(baseline, activation, coefficients[:, None])
