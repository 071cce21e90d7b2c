"""A PatchGAN for each of several sizes of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gsx_discriminators.options import MultiscaleOptions
from gsx_discriminators.patchgan import Patchgan


class MultiscalePatchgan(nn.Module):
    """``scales`` discriminators of their own weights, on the picture and on its average-pooled halves.

    Source: Wang et al., "High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs", CVPR 2018,
    section 3.2.

    Shape:
        image ``(N, 3, H, W)`` in [0, 1] -> one ``(N, 1, h, w)`` per scale, finest first.
    """

    def __init__(self, options: MultiscaleOptions) -> None:
        super().__init__()
        self.scales = nn.ModuleList(Patchgan(options) for _ in range(options.scales))

    def forward(self, image: Tensor) -> Sequence[Tensor]:
        logits: list[Tensor] = []
        for index, discriminator in enumerate(self.scales):
            if index:
                image = halve(image)
            logits.extend(discriminator(image))
        return logits


def halve(image: Tensor) -> Tensor:
    """Half the size, rounded up, by averages of 3x3. Shape: ``(N, C, H, W)`` -> ``(N, C, h, w)``."""
    return avg_pool2d(image, 3, stride=2, padding=1, count_include_pad=False)
