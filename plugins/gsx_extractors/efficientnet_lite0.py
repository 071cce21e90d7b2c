"""EfficientNet-Lite0, over the modules of the package efficientnet-lite-pytorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from gsx.api import MissingExtraError
from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.normalise import Normalise
from gsx_extractors.options import PackageOptions
from gsx_extractors.smoothing import Smoothing, with_smoothing

BLOCKS = {"stage1": 1, "stage2": 2, "stage3": 2, "stage4": 6, "stage5": 5}
"""How many of the sixteen blocks each stage has; every stage but the first begins by halving the map."""

MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
"""Lite networks are trained on (pixel - 127) / 128; ImageNet's own constants make these weights less sure of all four
photographs tried."""


class EfficientnetLite0(nn.Module):
    """Stages 1 to 5: the last inverted residual block of each stride, 2 to 32, without activation behind it.

    Padding is TensorFlow's *same* for every size of picture, as in training. The head is not built into it.

    Source: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; Lite: no
    squeeze-and-excitation, ReLU6 instead of swish.

    Raises:
        MissingExtraError: the package is not installed.
    """

    def __init__(self, options: PackageOptions, metadata: Mapping[str, str]) -> None:
        super().__init__()
        try:
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise MissingExtraError(
                f"extractor 'efficientnet-lite0' needs the package efficientnet-lite-pytorch: {error}.",
                hint='Install it with: pip install "gsx[efficientnet]"',
            ) from error
        network = EfficientNet.from_name("efficientnet-lite0", image_size=None)  # None: padding for every size
        self.normalise = Normalise(MEAN, STD)
        self.stem = nn.Sequential(network._conv_stem, network._bn0, nn.ReLU6())
        first = 0
        for name, count in BLOCKS.items():
            self.add_module(name, nn.Sequential(*network._blocks[first : first + count]))
            first += count
        self.layer_modules = {name: name for name in BLOCKS}
        self.smoothing = Smoothing()
        with_smoothing(self, options)

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, ceil(H / s), ceil(W / s))}``."""
        wanted = [name for name in BLOCKS if name in set(layers)]
        maps: FeatureMaps = {}
        if not wanted:
            return maps
        x = self.stem(self.normalise(image))
        for name in BLOCKS:
            x = getattr(self, name)(x)
            if name in wanted:
                maps[name] = x
            if name == wanted[-1]:
                break
        return self.smoothing(maps)
