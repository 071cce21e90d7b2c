"""Turning torchvision's own state dicts into ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import Tensor

from gsx_extractors import vgg16, vgg19

Converted: TypeAlias = tuple[dict[str, Tensor], dict[str, str]]
"""Tensors under our keys, and the strings for the header of the file."""


def _vgg(state: Mapping[str, Tensor], deepest_relu: int) -> Converted | None:
    if "features.0.weight" not in state or f"features.{deepest_relu - 1}.weight" not in state:
        return None
    kept = {key: value for key, value in state.items() if key.startswith("features.")}
    return {key: value for key, value in kept.items() if int(key.split(".")[1]) < deepest_relu}, {}


def convert_vgg16(state: Mapping[str, Tensor]) -> Converted | None:
    """torchvision's VGG-16; None where it is something else."""
    return _vgg(state, vgg16.RELU_INDICES["relu5_1"]) if _weights_of(state) == 13 else None


def convert_vgg19(state: Mapping[str, Tensor]) -> Converted | None:
    """torchvision's VGG-19; None where it is something else."""
    return _vgg(state, vgg19.RELU_INDICES["relu5_1"]) if _weights_of(state) == 16 else None


def _weights_of(state: Mapping[str, Tensor]) -> int:
    return sum(key.startswith("features.") and key.endswith(".weight") for key in state)


def _resnet(state: Mapping[str, Tensor], bottleneck: bool) -> Converted | None:
    if "conv1.weight" not in state or ("layer1.0.conv3.weight" in state) != bottleneck:
        return None
    stem = {"conv1": "stem.0", "bn1": "stem.1"}
    kept = {key: value for key, value in state.items() if not key.startswith("fc.")}
    return {
        ".".join([stem.get(key.split(".")[0], key.split(".")[0]), *key.split(".")[1:]]): value
        for key, value in kept.items()
    }, {}


def convert_resnet18(state: Mapping[str, Tensor]) -> Converted | None:
    """torchvision's ResNet-18; None where it is something else."""
    return _resnet(state, bottleneck=False)


def convert_resnet50(state: Mapping[str, Tensor]) -> Converted | None:
    """torchvision's ResNet-50; None where it is something else."""
    return _resnet(state, bottleneck=True)
