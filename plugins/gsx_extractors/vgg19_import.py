"""Turning foreign VGG-19 state dicts into ours."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from gsx_extractors.slim_vgg19 import BLOCKS, TOPOLOGY
from gsx_extractors.torchvision_import import Converted, convert_vgg19


def convert(state: Mapping[str, Tensor]) -> Converted | None:
    """torchvision's VGG-19, or a 16×-compressed encoder of Collaborative Distillation; None for anything else.

    Source: Wang et al., "Collaborative Distillation for Ultra-Resolution Universal Style Transfer", CVPR 2020,
    encoder 5 with its auxiliary 1×1 layers (``conv0``, ``conv11`` … ``conv51``, ``conv11_aux`` … ``conv51_aux``).
    """
    return convert_vgg19(state) or _collaborative_distillation(state)


def _collaborative_distillation(state: Mapping[str, Tensor]) -> Converted | None:
    names = {"conv0": "input"}
    for block, count in enumerate(BLOCKS):
        for index in range(count):
            names[f"conv{block + 1}{index + 1}"] = f"trunk.{block}.{index}"
        names[f"conv{block + 1}1_aux"] = f"heads.relu{block + 1}_1.0"
    if {key.rpartition(".")[0] for key in state} != set(names):
        return None
    tensors = {
        f"{names[module]}.{parameter}": value
        for key, value in state.items()
        for module, _, parameter in [key.rpartition(".")]
    }
    widths = [str(len(state[f"conv{block + 1}1.bias"])) for block in range(len(BLOCKS))]
    return tensors, {"topology": TOPOLOGY, "widths": ",".join(widths)}
