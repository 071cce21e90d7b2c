"""Differentiable augmentation: what is done alike to real and generated pictures before they are judged."""

from __future__ import annotations

from collections.abc import Sequence

import kornia.augmentation as augmentation
from torch import Tensor, nn

_MAKE = {
    "flip": lambda: augmentation.RandomHorizontalFlip(p=0.5),
    "translation": lambda: augmentation.RandomAffine(
        degrees=0.0, translate=(0.125, 0.125), padding_mode="reflection", p=1.0
    ),
    "colour": lambda: augmentation.ColorJiggle(brightness=0.2, contrast=0.2, saturation=0.2, hue=0.0, p=1.0),
    "cutout": lambda: augmentation.RandomErasing(scale=(0.05, 0.2), ratio=(0.5, 2.0), value=0.5, p=0.5),
}


class Augment(nn.Module):
    """Random changes that a gradient passes through; drawn anew at each call, from torch's random state.

    Source: Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", NeurIPS 2020.

    Args:
        names: of ``flip``, ``translation``, ``colour`` and ``cutout``; none leaves pictures as they are.

    Shape:
        image ``(N, 3, H, W)`` in [0, 1] -> the same.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.chain = nn.Sequential(*(_MAKE[name]() for name in names))

    def forward(self, image: Tensor) -> Tensor:
        return self.chain(image)  # type: ignore[no-any-return]
