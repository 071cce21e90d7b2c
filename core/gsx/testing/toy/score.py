"""The toy score."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gsx.api import Outputs


class ToyScore:
    """Mean of the three colours at the shallowest layer, ``(N,)``; it depends on every position alike."""

    def __init__(self, options: Any) -> None:
        pass

    def __call__(self, outputs: Outputs) -> Tensor:
        return outputs.stylized_maps[next(iter(outputs.layout))][:, :3].mean((1, 2, 3))
