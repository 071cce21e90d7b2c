"""What ResNet-18 and ResNet-50 share: torchvision's stages, stopped at the deepest layer asked for."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torchvision.models import ResNet

from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.normalise import Normalise
from gsx_extractors.smoothing import Smoothing

STAGES = ("layer1", "layer2", "layer3", "layer4")


class TorchvisionResnet(nn.Module):
    """He et al., "Deep Residual Learning", CVPR 2016, as torchvision builds it; batch norms use stored statistics."""

    def __init__(self, network: ResNet) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.stem = nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool)
        for name in STAGES:
            self.add_module(name, getattr(network, name))
        self.layer_modules = {name: name for name in STAGES}
        self.smoothing = Smoothing()

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, ceil(H / s), ceil(W / s))}``."""
        wanted = [name for name in STAGES if name in set(layers)]
        maps: FeatureMaps = {}
        if not wanted:
            return maps
        x = self.stem(self.normalise(image))
        for name in STAGES[: STAGES.index(wanted[-1]) + 1]:
            x = getattr(self, name)(x)
            if name in wanted:
                maps[name] = x
        return self.smoothing(maps)
