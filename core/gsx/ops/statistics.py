"""Channel statistics of a feature map: mean and standard deviation over positions."""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-5
"""Added to the variance under the root, so that a dead channel has a finite gradient."""


def mean_std(features: Tensor, eps: float = EPSILON) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel over positions, in float32.

    The deviation is the population's (divided by H·W), as in instance normalisation: sqrt(var + eps).

    Shape:
        features ``(N, C, H, W)`` -> two of ``(N, C, 1, 1)``.
    """
    features = features.float()
    mean = features.mean(dim=(2, 3), keepdim=True)
    # Two passes: torch.var_mean takes about five times as long over positions on CPU.
    centred = (features - mean).flatten(2)
    variance = torch.linalg.vecdot(centred, centred) / centred.shape[-1]
    return mean, (variance[..., None, None] + eps).sqrt()


def variance(features: Tensor, eps: float = EPSILON) -> Tensor:
    """Variance of a whole map, channels together: what an error in it is measured against to be comparable.

    A channel that is dead weighs no more than another then. In float32, at least ``eps``.

    Shape:
        features ``(N, C, H, W)`` -> ``(N,)``.
    """
    features = features.float()
    return (features - features.mean(dim=(1, 2, 3), keepdim=True)).square().mean(dim=(1, 2, 3)).clamp_min(eps)


def match_statistics(features: Tensor, mean: Tensor, std: Tensor, eps: float = EPSILON) -> Tensor:
    """Give each channel the wanted mean and deviation: adaptive instance normalisation.

    Source: Huang & Belongie, "Arbitrary Style Transfer in Real-time with AdaIN", ICCV 2017, eq. 8.

    Shape:
        features ``(N, C, H, W)``, mean and std ``(N, C, 1, 1)`` -> ``(N, C, H, W)``.
    """
    own_mean, own_std = mean_std(features, eps)
    return (features - own_mean) / own_std * std + mean
