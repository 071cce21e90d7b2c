"""What VGG-16 and VGG-19 share: torchvision's features, stopped at the deepest layer asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torchvision.models.vgg import cfgs, make_layers

from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.normalise import Normalise
from gsx_extractors.smoothing import Smoothing


class TorchvisionVgg(nn.Module):
    """Simonyan & Zisserman, "Very Deep Convolutional Networks", ICLR 2015, as torchvision builds it.

    The classifier is never built: nobody here reads it, and filling it with random numbers takes seconds.

    Args:
        configuration: torchvision's letter for the depth: D for VGG-16, E for VGG-19.
        indices: layer name -> index of its ReLU in ``vggNN().features``.
    """

    def __init__(self, configuration: str, indices: Mapping[str, int]) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.features = make_layers(cfgs[configuration], batch_norm=False)[: max(indices.values()) + 1]
        for module in self.features:
            if isinstance(module, nn.ReLU):
                # In place, it would overwrite the activation that a hook on the convolution has just read.
                module.inplace = False
            elif isinstance(module, nn.Conv2d):  # as torchvision fills its own
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
        self.indices = dict(indices)
        self.layer_modules = {name: f"features.{index}" for name, index in indices.items()}
        self.smoothing = Smoothing()

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, H // s, W // s)}``."""
        wanted = {self.indices[name]: name for name in self.indices if name in set(layers)}
        maps: FeatureMaps = {}
        x = self.normalise(image)
        for index in range(max(wanted, default=-1) + 1):
            x = self.features[index](x)
            if index in wanted:
                maps[wanted[index]] = x
        return self.smoothing(maps)
