"""VGG-16."""

from __future__ import annotations

from collections.abc import Mapping

from gsx_extractors.options import ImagenetOptions
from gsx_extractors.smoothing import with_smoothing
from gsx_extractors.vgg import TorchvisionVgg

RELU_INDICES = {"relu1_1": 1, "relu2_1": 6, "relu3_1": 11, "relu4_1": 18, "relu5_1": 25}


class Vgg16(TorchvisionVgg):
    """Layers relu1_1 to relu5_1 of torchvision's VGG-16 without batch norm."""

    def __init__(self, options: ImagenetOptions, metadata: Mapping[str, str]) -> None:
        super().__init__("D", RELU_INDICES)
        with_smoothing(self, options)
