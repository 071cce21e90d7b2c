"""The toy discriminator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn


class ToyDiscriminator(nn.Module):
    """One 4×4 convolution of stride 4: a logit is linear in its sixteen pixels."""

    def __init__(self, options: Any) -> None:
        super().__init__()
        self.judge = nn.Conv2d(3, 1, 4, stride=4)

    def forward(self, image: Tensor) -> Sequence[Tensor]:
        """Shape: image ``(N, 3, H, W)`` -> ``[(N, 1, H // 4, W // 4)]``."""
        return [self.judge(image)]
