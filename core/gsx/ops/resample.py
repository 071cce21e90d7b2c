"""Resampling feature maps to another grid."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate


def resample(features: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a map to ``size = (h, w)``: area averaging where it shrinks, bilinear where it grows.

    Shape:
        features ``(N, C, H, W)`` -> ``(N, C, h, w)``.
    """
    height, width = features.shape[-2:]
    if (height, width) == size:
        return features
    shrunk = adaptive_avg_pool2d(features, (min(height, size[0]), min(width, size[1])))
    if shrunk.shape[-2:] == size:
        return shrunk
    return interpolate(shrunk, size=size, mode="bilinear", align_corners=False)
