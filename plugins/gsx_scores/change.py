"""Change score: how far the result lies from the content, pixel by pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Options, Outputs


class Change:
    """Mean over pixels of the length of stylised − content as a vector of three colours, ``(N,)``, in [0, √3]."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        return torch.linalg.vector_norm(outputs.stylized - outputs.content, dim=1).mean(dim=(1, 2))
