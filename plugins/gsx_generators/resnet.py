"""The residual generator: the deepest fused level through residual blocks, then up to full size."""

from __future__ import annotations

from torch import Tensor, nn

from gsx.api import Context, FeatureLayout
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
from gsx_generators.options import ResnetOptions


class Resnet(nn.Module):
    """Residual blocks at the deepest level; then double, convolve, take in the fused level of that stride, refine.

    Of every level the channel statistics modulate the features: they carry colour and stroke, and no layout; the same
    statistics say how much noise each channel takes in, for strokes where the content is flat. Levels
    of stride ``detail`` or more also enter as maps, through a 1x1 projection: they carry the objects. There is no
    normalisation: given the statistics, every output pixel depends on a bounded neighbourhood only.

    Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016, of
    which this is the second half.

    Args:
        levels: fused levels whose strides are powers of two; 2.0 M parameters for VGG's relu1_1 ... relu4_1.
    """

    def __init__(self, options: ResnetOptions, levels: FeatureLayout) -> None:
        super().__init__()
        deepest = levels.deepest
        self.deepest, self.deepest_stride = deepest.name, deepest.stride
        width = options.channels
        self.entry = Projection(deepest.channels, width)
        self.entry_modulation = Modulation(deepest.channels, width)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(options.blocks)))
        injected = {layer.stride: layer for layer in levels.values() if layer.stride < deepest.stride}
        self.steps: list[tuple[str, str | None]] = []
        self.doubled, self.refinements = nn.ModuleList(), nn.ModuleList()
        self.injections, self.modulations = nn.ModuleDict(), nn.ModuleDict()
        narrowest = max(width // 4, 1)
        for power in reversed(range(doublings(deepest.stride))):
            narrower = max(width // 2, narrowest)
            self.doubled.append(Convolution(width, narrower))
            self.refinements.append(Residual(narrower))
            level = injected.get(2**power)
            # Keyed by stride, for a layer's name may hold a dot, which a module's may not.
            stride = str(2**power)
            self.steps.append((stride, level.name if level else None))
            if level:
                self.modulations[stride] = Modulation(level.channels, narrower)
                if level.stride >= options.detail:
                    self.injections[stride] = Projection(level.channels, narrower)
            width = narrower
        self.to_image = ToImage(width)

    def forward(self, fused: FeatureMaps, content: Tensor, context: Context | None) -> Tensor:
        """The picture; the content itself is not looked at.

        Shape:
            fused ``(N, C, H/s, W/s)`` by level -> ``(N, 3, H, W)`` in [0, 1]; H and W multiples of the deepest s.
        """
        features = self.entry(fused[self.deepest])
        noise = noise_for(features, self.deepest_stride, context)
        features = self.entry_modulation(features, *level_statistics(fused, self.deepest, context), noise)
        features = self.blocks(activate(features))
        for (stride, name), doubled, refine in zip(self.steps, self.doubled, self.refinements, strict=True):
            features = doubled(double(features))
            if name is not None:
                if stride in self.injections:
                    features = features + self.injections[stride](fused[name])
                noise = noise_for(features, int(stride), context)
                features = self.modulations[stride](features, *level_statistics(fused, name, context), noise)
            features = refine(activate(features))
        return self.to_image(activate(features))
