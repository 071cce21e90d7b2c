"""The toy adversarial loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


class ToyAdversarial:
    """Discriminator: mean fake − mean real. Generator: −mean fake."""

    def __init__(self, options: Any) -> None:
        pass

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """A scalar."""
        return _mean(fake) - _mean(real)

    def generator(self, fake: Sequence[Tensor]) -> Tensor:
        """A scalar."""
        return -_mean(fake)

    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor:
        """None: 0."""
        return torch.zeros(())


def _mean(logits: Sequence[Tensor]) -> Tensor:
    return torch.stack([scale.mean() for scale in logits]).mean()
