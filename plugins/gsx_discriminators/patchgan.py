"""PatchGAN: a discriminator that judges overlapping patches."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gsx_discriminators.options import PatchganOptions

NORMS = {"batch": nn.BatchNorm2d, "instance": nn.InstanceNorm2d}


class Patchgan(nn.Module):
    """4x4 convolutions: ``layers`` of stride 2, one of stride 1, and one to a single raw logit per patch.

    As usual, neither the first layer nor the last is normalised.

    Source: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, section 6.1.2;
    spectral norm: Miyato et al., ICLR 2018.

    Shape:
        image ``(N, 3, H, W)`` in [0, 1] -> ``[(N, 1, h, w)]``, ``h = H // 2**layers - 2``.
    """

    def __init__(self, options: PatchganOptions) -> None:
        super().__init__()
        widths = [options.base_channels * min(2**depth, 8) for depth in range(options.layers + 1)]
        strides = [2] * options.layers + [1]
        blocks: list[nn.Module] = []
        incoming = 3
        for depth, (width, stride) in enumerate(zip(widths, strides, strict=True)):
            normed = depth > 0 and options.norm != "none"
            blocks.append(_convolution(options, incoming, width, stride, bias=not normed))
            if normed:
                blocks.append(NORMS[options.norm](width, affine=True))
            blocks.append(nn.LeakyReLU(0.2))
            incoming = width
        blocks.append(_convolution(options, incoming, 1, 1, bias=True))
        self.layers = nn.Sequential(*blocks)

    def forward(self, image: Tensor) -> Sequence[Tensor]:
        return [self.to_logit(self.features(image))]

    def features(self, image: Tensor) -> Tensor:
        """What the logits are read from. Shape: ``(N, 3, H, W)`` -> ``(N, C, h + 1, w + 1)``."""
        return self.layers[:-1](image * 2 - 1)  # type: ignore[no-any-return]

    def to_logit(self, features: Tensor) -> Tensor:
        """The last layer. Shape: ``(N, C, h + 1, w + 1)`` -> ``(N, 1, h, w)``."""
        return self.layers[-1](features)  # type: ignore[no-any-return]


def _convolution(options: PatchganOptions, incoming: int, outgoing: int, stride: int, *, bias: bool) -> nn.Module:
    layer = nn.Conv2d(incoming, outgoing, 4, stride, padding=1, bias=bias)
    return spectral_norm(layer) if options.spectral_norm else layer
