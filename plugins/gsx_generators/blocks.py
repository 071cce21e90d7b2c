"""Building blocks of the trained generators: no normalisation over pictures or batches, no checkerboards."""

from __future__ import annotations

import math

from torch import Tensor, cat, nn
from torch.nn.functional import interpolate, leaky_relu, pad

from gsx.api import Context
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.noise import position_noise
from gsx.ops.statistics import Statistics, mean_std

SLOPE = 0.1
"""Of the leaky ReLU below zero."""


class Convolution(nn.Module):
    """3x3, the border mirrored, so that it shows no frame; a side of one pixel, which has no mirror, is repeated.

    Args:
        gain: scales the initial weights; below 1 for a branch that should begin quietly.

    Shape:
        ``(N, incoming, H, W)`` -> ``(N, outgoing, H, W)``.
    """

    def __init__(self, incoming: int, outgoing: int, gain: float = 1.0) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(incoming, outgoing, 3)
        _initialise(self.convolution, gain)

    def forward(self, features: Tensor) -> Tensor:
        mirrored = min(features.shape[-2:]) > 1
        return self.convolution(pad(features, (1, 1, 1, 1), mode="reflect" if mirrored else "replicate"))


class Projection(nn.Conv2d):
    """1x1: brings a fused map to a generator's own width.

    Shape:
        ``(N, incoming, H, W)`` -> ``(N, outgoing, H, W)``.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__(incoming, outgoing, 1)
        _initialise(self, 1.0)


class Residual(nn.Module):
    """x + two convolutions of x; the branch begins at a tenth, which stands in for normalisation.

    Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; the quiet start: Lim et al.,
    "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017.

    Shape:
        ``(N, channels, H, W)`` -> the same.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels)
        self.second = Convolution(channels, channels, gain=0.1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.second(activate(self.first(features)))


class Modulation(nn.Module):
    """Scales and shifts each channel, and grains it with noise, as the statistics of a fused level ask for.

    So a style's colours and strokes arrive without the layout of any picture. The noise is what strokes are made of
    where the content is flat: without it all that a convolution finds there is the grid of the pixels. It begins
    quietly.

    Source: Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018; a style's
    statistics as the condition: Ghiasi et al., "Exploring the structure of a real-time, arbitrary neural artistic
    stylization network", BMVC 2017; noise at each resolution: Ulyanov et al., "Texture Networks", ICML 2016, and
    Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", CVPR 2019.

    Shape:
        features ``(N, channels, H, W)``, mean and std ``(N, incoming, 1, 1)``, noise ``(N or 1, 1, H, W)`` -> the
        features' shape.
    """

    def __init__(self, incoming: int, channels: int) -> None:
        super().__init__()
        self.affine = nn.Linear(2 * incoming, 3 * channels)
        nn.init.normal_(self.affine.weight, std=0.1 / math.sqrt(2 * incoming))
        nn.init.zeros_(self.affine.bias)

    def forward(self, features: Tensor, mean: Tensor, std: Tensor, noise: Tensor) -> Tensor:
        asked = self.affine(cat([mean, std], dim=1).flatten(1))[..., None, None]
        scale, shift, grain = asked.chunk(3, dim=1)
        return features * (1 + scale) + shift + grain * noise


class ToImage(nn.Module):
    """The last layer: a sigmoid, which begins at mid grey where its gradient is largest and keeps one everywhere.

    Shape:
        ``(N, incoming, H, W)`` -> image ``(N, 3, H, W)`` in [0, 1].
    """

    def __init__(self, incoming: int) -> None:
        super().__init__()
        self.convolution = Convolution(incoming, 3, gain=0.1)

    def forward(self, features: Tensor) -> Tensor:
        return self.convolution(features).sigmoid()


def noise_for(features: Tensor, stride: int, context: Context | None) -> Tensor:
    """White noise for features of a stride, the same in a tile as in the whole picture."""
    if context is not None:
        return context.noise(features, stride)
    return position_noise((features.shape[-2], features.shape[-1]), stride=stride).to(features)


def level_statistics(fused: FeatureMaps, level: str, context: Context | None) -> Statistics:
    """Mean and deviation of a fused level: of the whole picture, also where the maps are those of a tile."""
    whole = context.whole if context is not None else None
    return mean_std(fused[level]) if whole is None else whole[level]


def activate(features: Tensor) -> Tensor:
    """The leaky ReLU that the initial weights are made for."""
    return leaky_relu(features, SLOPE)


def double(features: Tensor) -> Tensor:
    """Twice the size, bilinearly; the convolution after it sees every pixel equally often, so no checkerboard.

    Not by repetition: the edges of the repeated squares are where a generator weaves a fine grid into flat parts, for
    a style that has more texture than the content.

    Source: Odena et al., "Deconvolution and Checkerboard Artifacts", Distill 2016.

    Shape:
        ``(N, C, H, W)`` -> ``(N, C, 2H, 2W)``.
    """
    return interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)


def doublings(stride: int) -> int:
    """How often a map of this stride, a power of two, is doubled to full size."""
    return int(math.log2(stride))


def _initialise(layer: nn.Conv2d, gain: float) -> None:
    nn.init.kaiming_normal_(layer.weight, SLOPE, nonlinearity="leaky_relu")
    layer.weight.data.mul_(gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
