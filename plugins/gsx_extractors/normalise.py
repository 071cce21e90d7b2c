"""Normalisation of colours, inside the network so that images stay in [0, 1] outside."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """(image - mean) / std per channel; by default those of ImageNet, as torchvision's networks want it.

    Shape:
        ``(N, 3, H, W)`` in [0, 1] -> ``(N, 3, H, W)``.
    """

    def __init__(self, mean: Sequence[float] = MEAN, std: Sequence[float] = STD) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        return (image - self.mean) / self.std
