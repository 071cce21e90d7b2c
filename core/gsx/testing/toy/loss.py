"""The toy loss."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gsx.api import Outputs


class ToyLoss:
    """Mean squared difference of the mean colours at the shallowest layer, ``(N,)``."""

    def __init__(self, options: Any) -> None:
        pass

    def __call__(self, outputs: Outputs) -> Tensor:
        layer = next(iter(outputs.layout))
        ours = outputs.stylized_maps[layer][:, :3].mean((2, 3))
        return (ours - outputs.style_maps[layer][:, :3].mean((2, 3))).square().mean(1)
