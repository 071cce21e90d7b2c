"""Realism: what the discriminator makes of the result."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import ContractError, Outputs
from gsx_scores.options import RealismOptions


class Realism:
    """Raw logit per sample, ``(N,)``: mean over patches, then over scales; or that of one patch, finest scale."""

    def __init__(self, options: RealismOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        """The score.

        Raises:
            ContractError: if the finest logit map has no such patch.
        """
        if self.options.patch is None:
            return torch.stack([scale.float().mean((1, 2, 3)) for scale in outputs.logits]).mean(0)
        row, column = self.options.patch
        finest = outputs.logits[0]
        height, width = finest.shape[2:]
        if row >= height or column >= width:
            raise ContractError(
                f"score 'realism' is asked for patch ({row}, {column}); the finest logit map has "
                f"{height} rows and {width} columns.",
                hint=f"Rows go from 0 to {height - 1}, columns from 0 to {width - 1}.",
            )
        return finest[:, 0, row, column].float()
