"""The residual generator: the deepest fused level through residual blocks, then up to full size."""

from __future__ import annotations

from torch import Tensor, nn

from gsx.api import Context, FeatureLayout
from gsx.ops.feature_maps import FeatureMaps
from gsx_generators.blocks import Convolution, Projection, Residual, ToImage, activate, double, doublings
from gsx_generators.options import ResnetOptions


class Resnet(nn.Module):
    """Residual blocks at the deepest level; then double, convolve, add the fused level of that stride, refine.

    A shallower level enters through a 1x1 projection, so that it brings colour and stroke but decides no structure
    on its own. There is no normalisation: the statistics that the fusion set pass through, and every output pixel
    depends on a bounded neighbourhood only.

    Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016, of
    which this is the second half.

    Args:
        levels: fused levels whose strides are powers of two; 1.5 M parameters for VGG's relu1_1 ... relu4_1.
    """

    def __init__(self, options: ResnetOptions, levels: FeatureLayout) -> None:
        super().__init__()
        deepest = levels.deepest
        self.deepest = deepest.name
        width = options.channels
        self.entry = Projection(deepest.channels, width)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(options.blocks)))
        injected = {layer.stride: layer for layer in levels.values() if layer.stride < deepest.stride}
        self.steps: list[tuple[str, str | None]] = []
        self.doubled, self.injections, self.refinements = nn.ModuleList(), nn.ModuleDict(), nn.ModuleList()
        narrowest = max(width // 4, 1)
        for power in reversed(range(doublings(deepest.stride))):
            narrower = max(width // 2, narrowest)
            self.doubled.append(Convolution(width, narrower))
            self.refinements.append(Residual(narrower))
            level = injected.get(2**power)
            # Keyed by stride, for a layer's name may hold a dot, which a module's may not.
            self.steps.append((str(2**power), level.name if level else None))
            if level:
                self.injections[str(2**power)] = Projection(level.channels, narrower)
            width = narrower
        self.to_image = ToImage(width)

    def forward(self, fused: FeatureMaps, content: Tensor, context: Context | None = None) -> Tensor:
        """The picture; content and context are not looked at.

        Shape:
            fused ``(N, C, H/s, W/s)`` by level -> ``(N, 3, H, W)`` in [0, 1]; H and W multiples of the deepest s.
        """
        features = self.blocks(activate(self.entry(fused[self.deepest])))
        for (stride, name), doubled, refine in zip(self.steps, self.doubled, self.refinements, strict=True):
            features = doubled(double(features))
            if name is not None:
                features = features + self.injections[stride](fused[name])
            features = refine(activate(features))
        return self.to_image(activate(features))
