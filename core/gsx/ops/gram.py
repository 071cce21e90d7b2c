"""The Gram matrix of a feature map: which channels fire together, wherever in the picture that is."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Normaliser = Literal["positions", "elements"]
"""What a Gram matrix is divided by: ``positions`` is H·W, ``elements`` is C·H·W."""


def gram(features: Tensor, normaliser: Normaliser = "positions") -> Tensor:
    """Gram matrix of each sample in float32: ``G[i, j] = Σ_p F[i, p] F[j, p] / (H·W)``.

    Divided by the number of positions, so that pictures of different size compare; ``elements`` divides by the
    number of channels too, as Johnson et al. do. It is computed in float32 under autocast also.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, eq. 3;
    Johnson et al., "Perceptual Losses for Real-Time Style Transfer", ECCV 2016, eq. 3.

    Shape:
        features ``(N, C, H, W)`` -> ``(N, C, C)``.

    Example:
        >>> gram(torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)).tolist()
        [[[2.5, 5.5], [5.5, 12.5]]]
    """
    _, channels, height, width = features.shape
    flat = features.float().flatten(2)
    with torch.autocast(features.device.type, enabled=False):
        products = flat @ flat.transpose(1, 2)
    return products / (height * width * (channels if normaliser == "elements" else 1))
