"""Tiny pictures, the same on every machine."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def picture(count: int = 1, size: tuple[int, int] = (48, 40), *, seed: int = 0) -> Tensor:
    """Smooth colours with some texture, different for each sample and seed.

    Shape:
        -> ``(count, 3, *size)`` in [0, 1].
    """
    height, width = size
    random = torch.Generator().manual_seed(1000 + seed)
    rows = torch.linspace(0, 2 * math.pi, height).view(1, 1, height, 1)
    columns = torch.linspace(0, 2 * math.pi, width).view(1, 1, 1, width)
    waves = torch.randint(1, 4, (2, count, 3, 1, 1), generator=random)
    phases = 2 * math.pi * torch.rand(count, 3, 1, 1, generator=random)
    level = 0.3 + 0.4 * torch.rand(count, 3, 1, 1, generator=random)
    smooth = level + 0.2 * torch.sin(waves[0] * rows + waves[1] * columns + phases)
    return (smooth + 0.05 * torch.randn(count, 3, height, width, generator=random)).clamp(0, 1)


def noise(count: int = 1, size: tuple[int, int] = (48, 40), *, seed: int = 0) -> Tensor:
    """Uniform noise: as unlike a :func:`picture` as can be.

    Shape:
        -> ``(count, 3, *size)`` in [0, 1].
    """
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(2000 + seed))
