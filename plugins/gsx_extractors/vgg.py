"""What VGG-16 and VGG-19 share: torchvision's features, stopped at the deepest layer asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.normalise import Normalise


class TorchvisionVgg(nn.Module):
    """Simonyan & Zisserman, "Very Deep Convolutional Networks", ICLR 2015, as torchvision builds it.

    Args:
        features: torchvision's ``vggNN().features``.
        indices: layer name -> index of its ReLU in ``features``.
    """

    def __init__(self, features: nn.Sequential, indices: Mapping[str, int]) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.features = features[: max(indices.values()) + 1]
        for module in self.features:
            if isinstance(module, nn.ReLU):
                # In place, it would overwrite the activation that a hook on the convolution has just read.
                module.inplace = False
        self.indices = dict(indices)
        self.layer_modules = {name: f"features.{index}" for name, index in indices.items()}

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, H // s, W // s)}``."""
        wanted = {self.indices[name]: name for name in self.indices if name in set(layers)}
        maps: FeatureMaps = {}
        x = self.normalise(image)
        for index in range(max(wanted, default=-1) + 1):
            x = self.features[index](x)
            if index in wanted:
                maps[wanted[index]] = x
        return maps
