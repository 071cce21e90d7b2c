"""Turning the state dict of efficientnet-lite-pytorch into ours."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from gsx_extractors.efficientnet_lite0 import BLOCKS

STEM = {"_conv_stem": "stem.0", "_bn0": "stem.1"}
HEAD = ("_conv_head", "_bn1", "_fc")
PLACES = [f"{stage}.{index}" for stage, count in BLOCKS.items() for index in range(count)]
"""Where each of their blocks is in ours."""


def convert(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """EfficientNet-Lite0 of efficientnet-lite-pytorch; None where it is something else."""
    ours: dict[str, Tensor] = {}
    for key, value in state.items():
        top, _, rest = key.partition(".")
        if top in HEAD:
            continue
        if top in STEM:
            ours[f"{STEM[top]}.{rest}"] = value
            continue
        block, _, inside = rest.partition(".")
        if top != "_blocks" or not block.isdecimal() or int(block) >= len(PLACES):
            return None
        ours[f"{PLACES[int(block)]}.{inside}"] = value
    return (ours, {}) if "stem.0.weight" in ours else None
