"""Least squares GAN."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsx.api import Options
from gsx_losses.scales import average


class Lsgan:
    """Logits are drawn to 1 for real and 0 for fake pictures by squares.

    Source: Mao et al., "Least Squares Generative Adversarial Networks", ICCV 2017, eq. 2 with a = 0, b = c = 1.
    """

    def __init__(self, options: Options) -> None:
        self.options = options

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """½ E (real − 1)² + ½ E fake²; ½ where every logit is 0."""
        return (average(real, lambda logit: (logit - 1).square()) + average(fake, torch.square)) / 2

    def generator(self, fake: Sequence[Tensor]) -> Tensor:
        """½ E (fake − 1)²."""
        return average(fake, lambda logit: (logit - 1).square()) / 2

    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor:
        """None: 0."""
        return torch.zeros((), device=real.device)
