"""components: the whole parts of what the generator is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Address, FeatureLayout, Options, Space
from gsx_units.moments import remade

PARTS = ("content", "mean", "deviation")
"""Of the deepest fused map: its normalised structure, and the mean and deviation of its channels."""


class ComponentsUnit:
    """One coefficient for each part ``(3 + K,)``: content, mean, deviation, and the K shallower levels as skips.

    At 0 the content's structure is gone, mean and deviation are the baseline's, a skip is the baseline's map.
    """

    def __init__(self, options: Options) -> None:
        self.options = options

    def addresses(self, layout: FeatureLayout) -> Sequence[Address]:
        return [Address("fusion", level, "stylized") for level in layout.levels]

    def space(self, activations: Mapping[Address, Tensor]) -> Space:
        skips = (f"skip {address.path}" for address in list(activations)[:-1])
        names = (*PARTS, *skips)
        return Space((len(names),), names)

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        """Shape: activation and baseline ``(N, C, h, w)``, coefficients ``(N, 3 + K)``; the deepest comes last."""
        skips = coefficients.shape[1] - len(PARTS)
        parts = coefficients[:, :, None, None, None].unbind(1)
        if place < skips:
            return torch.lerp(baseline, activation, parts[len(PARTS) + place])
        content, mean, std = parts[: len(PARTS)]
        return remade(activation, baseline, mean, std, content)
