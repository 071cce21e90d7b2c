"""The original GAN objective, on raw logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gsx_losses.options import BceOptions
from gsx_losses.scales import average


class Bce:
    """min_G max_D E log D(real) + E log(1 − D(fake)), with D = sigmoid(logit).

    With softplus(x) = log(1 + e^x): −log D = softplus(−logit) and −log(1 − D) = softplus(logit). The generator
    minimises −log D(fake) (non-saturating), or with ``saturating`` log(1 − D(fake)), the minimax game itself, whose
    gradient vanishes where the discriminator is sure.

    Source: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, eq. 1 and section 3.
    """

    def __init__(self, options: BceOptions) -> None:
        self.options = options

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """−E log D(real) − E log(1 − D(fake)); 2 log 2 where every logit is 0."""
        return average(real, lambda logit: softplus(-logit)) + average(fake, softplus)

    def generator(self, fake: Sequence[Tensor]) -> Tensor:
        """−E log D(fake), or E log(1 − D(fake)) where saturating; ±log 2 where every logit is 0."""
        if self.options.saturating:
            return -average(fake, softplus)
        return average(fake, lambda logit: softplus(-logit))

    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor:
        """None: 0."""
        return torch.zeros((), device=real.device)
