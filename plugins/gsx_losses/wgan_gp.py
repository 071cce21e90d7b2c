"""Wasserstein GAN with gradient penalty."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsx_losses.options import WganGpOptions
from gsx_losses.scales import average


class WganGp:
    """A critic of slope 1, whose difference between real and fake pictures estimates their distance.

    The critic's value of a picture is the mean of its logits over positions, then over scales. The penalty bears on
    the slope of that same value, so patches and scales do not multiply it.

    Source: Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017, eq. 3.
    """

    def __init__(self, options: WganGpOptions) -> None:
        self.options = options

    def discriminator(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """E fake − E real."""
        return average(fake) - average(real)

    def generator(self, fake: Sequence[Tensor]) -> Tensor:
        """−E fake."""
        return average(fake, torch.neg)

    def penalty(
        self, critic: Callable[[Tensor], Sequence[Tensor]], real: Tensor, fake: Tensor, mixing: Tensor
    ) -> Tensor:
        """gp_weight · E (‖∇ critic(x)‖ − 1)², x = ε·real + (1 − ε)·fake with one ε ~ U[0, 1) per pair, in float32.

        ε is ``mixing``. The gradient reaches the critic's parameters, not the pictures.

        Shape:
            two of ``(N, C, H, W)`` and ``(N, 1, 1, 1)`` -> ``()``.

        Raises:
            ValueError: if the shapes differ.
        """
        if real.shape != fake.shape:
            raise ValueError(f"cannot interpolate between {tuple(real.shape)} and {tuple(fake.shape)}")
        between = torch.lerp(fake.detach().float(), real.detach().float(), mixing).requires_grad_()
        with torch.autocast(real.device.type, enabled=False):
            # Samples do not mix (batch norm is refused), so the gradient of the sum holds each one's own.
            total = average(critic(between)) * len(real)
            (slope,) = torch.autograd.grad(total, between, create_graph=True)
            norms: Tensor = torch.linalg.vector_norm(slope, dim=(1, 2, 3))
        return self.options.gp_weight * (norms - 1).square().mean()
