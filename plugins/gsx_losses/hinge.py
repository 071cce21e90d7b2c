"""Hinge GAN."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import relu

from gsx.api import Options
from gsx_losses.scales import average


class Hinge:
    """The discriminator wants logits over 1 for real and under −1 for fake pictures, and no more than that.

    Source: Lim & Ye, "Geometric GAN", 2017; Miyato et al., "Spectral Normalization for GANs", ICLR 2018, eq. 16, 17.
    """

    def __init__(self, options: Options) -> None:
        self.options = options

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """E max(0, 1 − real) + E max(0, 1 + fake); 2 where every logit is 0."""
        return average(real, lambda logit: relu(1 - logit)) + average(fake, lambda logit: relu(1 + logit))

    def generator(self, fake: Sequence[Tensor]) -> Tensor:
        """−E fake."""
        return average(fake, torch.neg)

    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor:
        """None: 0."""
        return torch.zeros((), device=real.device)
