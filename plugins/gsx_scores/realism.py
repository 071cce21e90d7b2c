"""Realism: what the discriminator makes of the result."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import ContractError, Outputs
from gsx_scores.options import RealismOptions


class Realism:
    """Raw logit per sample, ``(N,)``: mean over patches, then over scales; or of one scale, or of one patch of it."""

    def __init__(self, options: RealismOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        """The score.

        Raises:
            ContractError: if the discriminator has no such scale, or the scale no such patch.
        """
        # One logit for the whole picture, (N,) or (N, 1), is a grid of one patch.
        logits = [one if one.ndim == 4 else one.reshape(len(one), -1, 1, 1) for one in outputs.logits]
        scale = self.options.scale
        if scale is not None and scale >= len(logits):
            raise ContractError(
                f"score 'realism' is asked for scale {scale}; the discriminator has {len(logits)}.",
                hint=f"Scales go from 0, the finest, to {len(logits) - 1}.",
            )
        if self.options.patch is None:
            chosen = logits if scale is None else [logits[scale]]
            return torch.stack([one.float().mean((1, 2, 3)) for one in chosen]).mean(0)
        row, column = self.options.patch
        grid = logits[scale or 0]
        height, width = grid.shape[2:]
        if row >= height or column >= width:
            which = "finest logit map" if not scale else f"logit map of scale {scale}"
            raise ContractError(
                f"score 'realism' is asked for patch ({row}, {column}); the {which} has "
                f"{height} rows and {width} columns.",
                hint=f"Rows go from 0 to {height - 1}, columns from 0 to {width - 1}.",
            )
        return grid[:, 0, row, column].float()
