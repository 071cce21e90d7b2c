"""rise: what random masks that keep a position have in common in the score, against those that do not."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import no_change, null_samples, place, spot, unmoved
from gsx_explainers.options import RiseOptions
from gsx_explainers.shown import require_positions

STANDS_OUT = 4
"""Standard errors that a position's value has to have, or it may be the masks' noise: of some hundred independent
ones, the largest reaches 3 by chance."""

LEAST_ERROR = 1e-6
"""Standard errors are taken to be at least this share of a value, so that their ratio stays finite."""


class Rise:
    """value of a position = Cov(score, M) / Var(M) over random masks M: the slope of the score as it is kept.

    A mask is a grid of zeros and ones, enlarged bilinearly and shifted at random by up to a cell; 0 is the baseline.
    The covariance is right for negative scores too, where the original's mean of score · M / E[M] adds what a
    position has to do with the mean of the score. For a score linear in independent masks it is the position's own
    share; here neighbours within a cell come and go together, and share theirs.

    Source: Petsiuk, Das & Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018,
    eq. 5 and sec. 3.2.
    """

    def __init__(self, options: RiseOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        masks = _Masks(self.options, require_positions(probe, "rise"), probe.seed)
        sums = _Sums()
        changes = []
        step = probe.chunk  # it may fall while rows are run
        for first in range(0, self.options.masks, step):
            chunk = masks.rows(first, min(first + step, self.options.masks))
            change = probe.values(chunk).scores - probe.base
            changes.append(change)
            sums.add(chunk.to(change.device), change)
        where = place(probe.addresses)
        provenance: dict[str, object] = {"masks": self.options.masks, "seed": probe.seed}
        nothing = unmoved(torch.cat(changes), probe.base)
        if nothing.all():
            return no_change(where, provenance)
        slope, error = sums.slope()
        size = slope.abs()
        least = (LEAST_ERROR * size).clamp_min(torch.finfo(error.dtype).tiny)
        certainty = (size / error.maximum(least)).amax(dim=(1, 2))
        noise = ~nothing & (certainty < STANDS_OUT)
        provenance |= {
            "mean_standard_error": error.mean(dim=(1, 2)).tolist(),
            "largest_in_standard_errors": certainty.tolist(),
        }
        if (nothing | noise).all():
            return Explanation(
                null=True,
                provenance=provenance,
                null_reason=f"No position stands out from the noise of {self.options.masks} masks: the largest value "
                f"is {certainty.max().item():.1f} standard errors, and {STANDS_OUT} are needed. Try more masks.",
            )
        slope[nothing | noise] = 0
        return Explanation(
            maps={"rise": HeatMap(slope.float(), probe.lies_on, f"RISE at {spot(probe.addresses)}")},
            notes=(
                f"Positive: the score is higher where this is kept (a larger score means: {probe.score_higher}). From "
                f"{self.options.masks} random masks; a value is known to about its standard error, "
                f"{error.mean().item():.2g} on average. What is nearer than a cell of the grid is not told apart.",
                *null_samples(nothing, "no mask moves its score by more than rounding"),
                *null_samples(noise, "no position stands out from the noise of the masks"),
            ),
            provenance=provenance,
        )


class _Masks:
    """The masks of a seed, made when asked for: the same however many are made at a time."""

    def __init__(self, options: RiseOptions, size: tuple[int, int], seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.size, self.cells = size, [math.ceil(side / options.grid) for side in size]
        drawn = torch.rand(options.masks, 1, options.grid + 1, options.grid + 1, generator=random)
        self.grids = (drawn < options.probability).float()
        self.shifts = [torch.randint(0, cell, (options.masks,), generator=random).tolist() for cell in self.cells]

    def rows(self, first: int, last: int) -> Tensor:
        """Shape: -> ``(last - first, h, w)`` in [0, 1]."""
        (height, width), grid = self.size, self.grids.shape[-1]
        wide = [grid * cell for cell in self.cells]
        large = interpolate(self.grids[first:last], size=wide, mode="bilinear", align_corners=False)[:, 0]
        corners = zip(self.shifts[0][first:last], self.shifts[1][first:last], strict=True)
        return torch.stack(
            [
                mask[row : row + height, column : column + width]
                for mask, (row, column) in zip(large, corners, strict=True)
            ]
        )


class _Sums:
    """Running sums of masks ``(M, h, w)`` and changes of the score ``(M, N)``, in float64."""

    def __init__(self) -> None:
        self.count = 0
        self.masks = self.squares = self.changes = self.change_squares = self.products = torch.zeros(())

    def add(self, masks: Tensor, changes: Tensor) -> None:
        masks, changes = masks.double(), changes.double()
        self.count += len(masks)
        self.masks = self.masks.to(masks) + masks.sum(dim=0)
        self.squares = self.squares.to(masks) + masks.square().sum(dim=0)
        self.changes = self.changes.to(masks) + changes.sum(dim=0)
        self.change_squares = self.change_squares.to(masks) + changes.square().sum(dim=0)
        self.products = self.products.to(masks) + torch.einsum("mn,mhw->nhw", changes, masks)

    def slope(self) -> tuple[Tensor, Tensor]:
        """Slope of the least-squares line at each position and its standard error, ``(N, h, w)`` each; 0 where all
        masks agree."""
        count = self.count
        mask_spread = (self.squares - self.masks.square() / count).clamp_min(0)
        spread = (self.change_squares - self.changes.square() / count).clamp_min(0)[:, None, None]
        common = self.products - self.changes[:, None, None] * self.masks / count
        varies = mask_spread > 1e-9 * count
        safe = torch.where(varies, mask_spread, 1)
        slope = torch.where(varies, common / safe, 0)
        left = (spread - slope * common).clamp_min(0)
        return slope, (left / (safe * max(count - 2, 1))).sqrt()
