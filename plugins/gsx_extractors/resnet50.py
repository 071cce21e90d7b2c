"""ResNet-50."""

from __future__ import annotations

from collections.abc import Mapping

from torchvision.models import resnet50

from gsx_extractors.options import ImagenetOptions
from gsx_extractors.resnet import TorchvisionResnet
from gsx_extractors.smoothing import with_smoothing


class Resnet50(TorchvisionResnet):
    """Stages layer1 to layer4 of torchvision's ResNet-50."""

    def __init__(self, options: ImagenetOptions, metadata: Mapping[str, str]) -> None:
        super().__init__(resnet50(weights=None))
        with_smoothing(self, options)
