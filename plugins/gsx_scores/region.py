"""Region: a simple statistic of the result inside a box or the user's mask."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import ContractError, Outputs
from gsx_scores.options import RegionOptions

CHANNELS = {"all": slice(0, 3), "red": slice(0, 1), "green": slice(1, 2), "blue": slice(2, 3)}
TINY = 1e-12
"""Variance under the root of ``contrast``: small enough to leave a flat region at 1e-6."""


class Region:
    """Mean colour, contrast or gradient energy inside a region of the stylised picture, per sample, ``(N,)``.

    *mean-color* in [0, 1]; *contrast*: standard deviation over the region; *gradient-energy*: mean dx² + mean dy² over
    neighbours that both lie in it. Each is taken per colour, then averaged over the chosen ones. A box's edges go to
    the nearest pixel, and it is at least 2 px wide and high. Where a mask is soft, a pixel counts as much as it says,
    and two neighbours as much as the product.
    """

    def __init__(self, options: RegionOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        """The score.

        Raises:
            ContractError: ``where=mask``, and no mask was given.
        """
        picture = outputs.stylized[:, CHANNELS[self.options.channel]].float()
        weights = self._weights(outputs)
        if self.options.statistic == "gradient-energy":
            energies = [
                _mean(
                    picture.diff(dim=dim).square(), weights.narrow(dim, 1, side - 1) * weights.narrow(dim, 0, side - 1)
                )
                for dim, side in ((3, picture.shape[3]), (2, picture.shape[2]))
            ]
            return (energies[0] + energies[1]).mean((1, 2, 3))
        mean = _mean(picture, weights)
        if self.options.statistic == "mean-color":
            return mean.mean((1, 2, 3))
        return (_mean((picture - mean).square(), weights) + TINY).sqrt().mean((1, 2, 3))

    def _weights(self, outputs: Outputs) -> Tensor:
        """How much each pixel counts, ``(N or 1, 1, H, W)`` in [0, 1]."""
        if self.options.where == "mask":
            if outputs.mask is None:
                raise ContractError(
                    "score 'region' with where=mask needs a mask, and none was given.",
                    hint="Try --set input.mask=FILE, or gsx.explain(mask=...); where=box needs none.",
                )
            return outputs.mask.float()
        options, (height, width) = self.options, outputs.stylized.shape[2:]
        weights = torch.zeros(1, 1, height, width, device=outputs.stylized.device)
        weights[..., _span(options.top, options.bottom, height), _span(options.left, options.right, width)] = 1
        return weights


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over positions, ``(N, C, 1, 1)``; 0 where nothing counts, as of neighbours of a single pixel."""
    total = weights.sum((2, 3), keepdim=True)
    return (values * weights).sum((2, 3), keepdim=True) / torch.where(total > 0, total, 1)


def _span(start: float, stop: float, side: int) -> slice:
    first = min(round(start * side), side - 2)
    return slice(first, max(round(stop * side), first + 2))
