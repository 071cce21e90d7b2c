"""Activation smoothing (SWAG): what is done to a map where it leaves the extractor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.options import SmoothableOptions


@dataclass(frozen=True)
class Smoothing:
    """What a network hands its maps through as it returns them.

    Args:
        temperature: of the softmax; None leaves maps as they are.
    """

    temperature: float | None = None

    def __call__(self, maps: FeatureMaps) -> FeatureMaps:
        if self.temperature is None:
            return maps
        return {name: softmax_map(value, self.temperature) for name, value in maps.items()}


class Smoothable(Protocol):
    """A network with such a way out."""

    smoothing: Smoothing
    layer_modules: dict[str, str]


Network = TypeVar("Network", bound=Smoothable)


def with_smoothing(network: Network, options: SmoothableOptions) -> Network:
    """Tell a network to smooth its maps as the options say.

    A smoothed map is no submodule's output, so such a network has no ``layer_modules``: its maps are captured and
    edited where they leave it.
    """
    if options.smoothing == "softmax":
        network.smoothing, network.layer_modules = Smoothing(options.temperature), {}
    return network


def softmax_map(features: Tensor, temperature: float = 1.0) -> Tensor:
    """Softmax over all values of each sample's map, channels and positions together, times their number.

    A constant map becomes 1 everywhere. The authors leave the values summing to 1, and raise the loss weights instead
    (to 1e17 in their code); times C·H·W the mean is 1 in maps of every size, so that weights and floors keep their
    meaning. Computed in float32, under autocast too.

    Smoother than before it is only where values differ by little more than the temperature. Where they differ by many
    times that, the softmax is a near one-hot: entropy *falls* (VGG-19's and EfficientNet-Lite0's trained maps, whose
    deviations are 1 to 10, at temperature 1). The metric ``entropy`` tells which of the two it was.

    Source: Wang, Li & Vasconcelos, "Rethinking and Improving the Robustness of Image Style Transfer", CVPR 2021, there
    at temperature 1. (The code that they published has the softmax commented out, and scales deep layers by 0.001.)

    Shape:
        ``(N, C, H, W)`` -> ``(N, C, H, W)``, ≥ 0, mean 1 in each sample.

    Example:
        >>> import torch
        >>> softmax_map(torch.zeros(1, 2, 1, 2)).tolist()
        [[[[1.0, 1.0]], [[1.0, 1.0]]]]
    """
    flat = features.float().flatten(1) / temperature
    return (flat.softmax(dim=1) * flat.shape[1]).view(features.shape)
