"""Total variation: how rough the stylised picture is."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx_losses.options import TvOptions


class Tv:
    """Total variation per sample, ``(N,)``, as a mean over neighbours, so that it does not depend on the size.

    *anisotropic*: mean |dx| + mean |dy|. *isotropic*: mean sqrt(dx² + dy²), over the pixels that have both a right
    and a lower neighbour. Each colour counts by itself. 0 for a flat picture; pictures are at least 2 px wide and high.

    Source: Rudin, Osher & Fatemi, "Nonlinear total variation based noise removal algorithms", Physica D 1992.
    """

    def __init__(self, options: TvOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        image = outputs.stylized.float()
        across, down = image.diff(dim=3), image.diff(dim=2)
        if self.options.form == "anisotropic":
            return across.abs().mean((1, 2, 3)) + down.abs().mean((1, 2, 3))
        both = torch.stack([across[:, :, :-1], down[:, :, :, :-1]])
        length: Tensor = torch.linalg.vector_norm(both, dim=0)
        return length.mean((1, 2, 3))
