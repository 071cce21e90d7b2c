"""The U-Net generator: the extractor is its encoder, the fused pyramid its skips."""

from __future__ import annotations

from torch import Tensor, cat, nn

from gsx.api import Context, FeatureLayout, Layer
from gsx.ops.feature_maps import FeatureMaps
from gsx_generators.blocks import (
    Convolution,
    Modulation,
    Projection,
    Residual,
    ToImage,
    activate,
    double,
    doublings,
    level_statistics,
    noise_for,
)
from gsx_generators.options import UnetOptions


class Unet(nn.Module):
    """From the deepest level up: double, put the fused level of that stride beside it, and mix both by convolution.

    Every level decides as much as the ones below it, which carries detail through; strides finer than ``detail`` or
    than the shallowest level are reached without a skip. Of every level the channel statistics modulate the features
    and say how much noise they take in, as in ``resnet``. There is no normalisation: given the statistics, every output
    pixel depends on a bounded neighbourhood only.

    Source: Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015.

    Args:
        levels: two fused levels or more, each of twice the stride of the last; 1.2 M parameters for VGG's
            relu1_1 ... relu4_1.
    """

    def __init__(self, options: UnetOptions, levels: FeatureLayout) -> None:
        super().__init__()
        by_stride: dict[int, Layer] = {layer.stride: layer for layer in levels.values()}
        deepest = levels.deepest
        self.deepest, self.deepest_stride = deepest.name, deepest.stride
        width = _width(options, deepest.stride)
        self.entry, self.bottom = Projection(deepest.channels, width), Residual(width)
        self.entry_modulation = Modulation(deepest.channels, width)
        self.steps: list[tuple[str, str | None]] = []
        self.mixes, self.refinements = nn.ModuleList(), nn.ModuleList()
        self.skips, self.modulations = nn.ModuleDict(), nn.ModuleDict()
        for power in reversed(range(doublings(deepest.stride))):
            own = _width(options, 2**power)
            level = by_stride.get(2**power)
            # Keyed by stride, for a layer's name may hold a dot, which a module's may not.
            stride = str(2**power)
            self.steps.append((stride, level.name if level else None))
            if level:
                self.modulations[stride] = Modulation(level.channels, own)
                if level.stride >= options.detail:
                    self.skips[stride] = Projection(level.channels, own)
            self.mixes.append(Convolution(width + own if stride in self.skips else width, own))
            self.refinements.append(Residual(own))
            width = own
        self.to_image = ToImage(width)

    def forward(self, fused: FeatureMaps, content: Tensor, context: Context | None) -> Tensor:
        """The picture; the content itself is not looked at.

        Shape:
            fused ``(N, C, H/s, W/s)`` by level -> ``(N, 3, H, W)`` in [0, 1]; H and W multiples of the deepest s.
        """
        features = self.entry(fused[self.deepest])
        noise = noise_for(features, self.deepest_stride, context)
        features = self.entry_modulation(features, *level_statistics(fused, self.deepest, context), noise)
        features = self.bottom(activate(features))
        for (stride, name), mix, refine in zip(self.steps, self.mixes, self.refinements, strict=True):
            features = double(features)
            if stride in self.skips:
                features = cat([features, activate(self.skips[stride](fused[name]))], dim=1)
            features = mix(features)
            if name is not None:
                noise = noise_for(features, int(stride), context)
                features = self.modulations[stride](features, *level_statistics(fused, name, context), noise)
            features = refine(activate(features))
        return self.to_image(activate(features))


def _width(options: UnetOptions, stride: int) -> int:
    return options.channels * min(stride, 4)
