"""ResNet-18."""

from __future__ import annotations

from collections.abc import Mapping

from torchvision.models import resnet18

from gsx_extractors.options import ImagenetOptions
from gsx_extractors.resnet import TorchvisionResnet
from gsx_extractors.smoothing import with_smoothing


class Resnet18(TorchvisionResnet):
    """Stages layer1 to layer4 of torchvision's ResNet-18."""

    def __init__(self, options: ImagenetOptions, metadata: Mapping[str, str]) -> None:
        super().__init__(resnet18(weights=None))
        with_smoothing(self, options)
