"""PatchGANs that judge how well a picture goes with its style picture."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torch.nn.utils.parametrizations import spectral_norm

from gsx_discriminators.multiscale_patchgan import halve
from gsx_discriminators.options import StylePatchganOptions
from gsx_discriminators.patchgan import Patchgan


class StylePatchgan(nn.Module):
    """A :class:`Patchgan` per scale; a patch's logit grows by how its features go with those of the style picture.

    To the logit of each patch comes the product of its features with a projection of the style picture's mean features,
    so that the same patch is right beside one style and wrong beside another. Without it a discriminator learns what
    paintings have in common, and never needs the style.

    Source: Miyato & Koyama, "cGANs with Projection Discriminator", ICLR 2018, eq. 3, with the discriminator's own
    features of a picture in the place of a class.

    Shape:
        image ``(N, 3, H, W)`` and style ``(N, 3, H', W')`` in [0, 1] -> one ``(N, 1, h, w)`` per scale, finest first.
    """

    def __init__(self, options: StylePatchganOptions) -> None:
        super().__init__()
        width = options.base_channels * min(2**options.layers, 8)
        self.scales = nn.ModuleList(Patchgan(options) for _ in range(options.scales))
        projections = (nn.Linear(width, width, bias=False) for _ in range(options.scales))
        self.projections = nn.ModuleList(spectral_norm(item) if options.spectral_norm else item for item in projections)

    def forward(self, image: Tensor, style: Tensor) -> Sequence[Tensor]:
        logits = []
        for index, (patchgan, projection) in enumerate(zip(self.scales, self.projections, strict=True)):
            if index:
                image, style = halve(image), halve(style)
            features, beside = patchgan.features(image), patchgan.features(style)
            wanted = projection(beside.mean(dim=(2, 3)))[..., None, None]
            # The last layer sees 4x4 features around a patch; the product is averaged over the same ones.
            fitting = avg_pool2d((features * wanted).sum(1, keepdim=True), 4, stride=1, padding=1)
            logits.append(patchgan.to_logit(features) + fitting)
        return logits
