"""Plain AdaIN with a full-width VGG-19, as its paper has it; random weights, for speed alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gsx.ops.distances import mean_std_distance
from gsx.ops.statistics import match_statistics, mean_std
from gsx_extractors.vgg19 import FullVgg19

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_WIDTHS = (
    (512, 256),
    None,
    (256, 256),
    (256, 256),
    (256, 256),
    (256, 128),
    None,
    (128, 128),
    (128, 64),
    None,
    (64, 64),
)
"""VGG-19 up to relu4_1, mirrored; None doubles the size."""


class FullWidth(nn.Module):
    """Encoder, AdaIN at relu4_1, decoder; in channels_last, as ours is.

    Source: Huang & Belongie, "Arbitrary Style Transfer in Real-time with AdaIN", ICCV 2017, section 6.1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = FullVgg19().eval().requires_grad_(False)
        steps: list[nn.Module] = []
        for widths in _WIDTHS:
            steps += (
                [nn.Upsample(scale_factor=2)]
                if widths is None
                else [nn.Conv2d(*widths, 3, padding=1, padding_mode="reflect"), nn.ReLU()]
            )
        self.decoder = nn.Sequential(*steps, nn.Conv2d(64, 3, 3, padding=1, padding_mode="reflect"))
        self.to(memory_format=torch.channels_last)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        maps, style_maps = self.encoder(content, LAYERS[-1:]), self.encoder(style, LAYERS[-1:])
        return self.decoder(match_statistics(maps["relu4_1"], *mean_std(style_maps["relu4_1"])))

    def loss(self, content: Tensor, style: Tensor) -> Tensor:
        """Content plus ten times style, as its authors train it."""
        with torch.no_grad():
            maps, style_maps = self.encoder(content, LAYERS[-1:]), self.encoder(style, LAYERS)
            target = match_statistics(maps["relu4_1"], *mean_std(style_maps["relu4_1"]))
        again = self.encoder(self.decoder(target), LAYERS)
        style_loss = sum(mean_std_distance(again[layer], style_maps[layer]).mean() for layer in LAYERS)
        return mse_loss(again["relu4_1"], target) + 10 * style_loss
