"""VGG-19: torchvision's, or a slim one where the weights file says so."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from gsx_extractors.options import SmoothableOptions
from gsx_extractors.slim_vgg19 import TOPOLOGY, SlimVgg19
from gsx_extractors.smoothing import with_smoothing
from gsx_extractors.vgg import TorchvisionVgg

RELU_INDICES = {"relu1_1": 1, "relu2_1": 6, "relu3_1": 11, "relu4_1": 20, "relu5_1": 29}


class FullVgg19(TorchvisionVgg):
    """Layers relu1_1 to relu5_1 of torchvision's VGG-19 without batch norm."""

    def __init__(self) -> None:
        super().__init__("E", RELU_INDICES)


def Vgg19(options: SmoothableOptions, metadata: Mapping[str, str]) -> nn.Module:  # noqa: N802 - stands for a class
    """The network that the header of the weights file describes; torchvision's where it describes none.

    Both have the same layout, so that nothing around them has to know which it is.
    """
    if metadata.get("topology") == TOPOLOGY:
        return with_smoothing(SlimVgg19.from_metadata(metadata), options)
    return with_smoothing(FullVgg19(), options)
