"""Changing what a map is made of: its structure, and the mean and deviation of each channel."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.ops.statistics import mean_std

TINY = 1e-30
"""Variance under the root: nothing beside any real one, so that a baseline of zeros has a deviation of zero."""

DEAD = 1e-6
"""Deviation below this share of the mean is rounding: a channel that has none, and no structure to spread."""


def remade(features: Tensor, baseline: Tensor, mean: Tensor, std: Tensor, structure: Tensor) -> Tensor:
    """``structure · z · σ + μ``, where z is the normalised map and μ, σ lie between the baseline's and its own.

    Where every coefficient is 1 that is the map itself, to the bit. A channel of no deviation of its own stays without
    one: there is nothing that another deviation could spread.

    Args:
        mean, std: coefficients, 0 = the baseline's statistic, 1 = the map's own.
        structure: 0 = none is left, 1 = the map's own.

    Shape:
        features and baseline ``(N, C, h, w)``, coefficients ``(N, C or 1, 1, 1)`` or scalars -> ``(N, C, h, w)``.
    """
    own_mean, own_std, other_mean, other_std = (
        statistic.to(features.dtype) for one in (features, baseline) for statistic in mean_std(one, TINY)
    )
    spread = own_std > DEAD * own_mean.abs() + 2 * TINY**0.5
    ratio = torch.lerp(other_std, own_std, std) / torch.where(spread, own_std, 1)
    scale = structure * torch.where(spread, ratio, 1)
    moved = torch.lerp(other_mean, own_mean, mean) - own_mean
    return features + moved + (features - own_mean) * (scale - 1)
