"""shapley: each part's fair share of what the unit is worth, from every coalition of parts."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import torch
from torch import Tensor

from gsx.api import ContractError, Explanation, Probe
from gsx_explainers.nothing import cleared, no_change, null_samples, place
from gsx_explainers.options import ShapleyOptions
from gsx_explainers.shown import require_names, rows


class Shapley:
    """φ_i = Σ over coalitions S without i of |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)), v(S) the score where the
    parts in S are as they are and the others at the baseline.

    Exact: each of the 2ⁿ coalitions is evaluated once. Values add up to v(all) − v(none); a part that never changes
    the score by more than rounding is worth exactly 0; parts that do the same are worth the same. The
    change of the picture is that of the part taken out alone.

    Source: Shapley, "A Value for n-Person Games", 1953.
    """

    def __init__(self, options: ShapleyOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        """Raises ContractError: the unit has no names, or more parts than ``most``."""
        names = require_names(probe, "shapley")
        if len(names) > self.options.most:
            raise ContractError(
                f"explainer 'shapley' takes a unit of at most {self.options.most} parts (2ⁿ evaluations); this one has "
                f"{len(names)}.",
                hint="Try a unit of fewer parts, such as layers, or --explainer ablation, which takes any number.",
            )
        inside = _coalitions(len(names))
        evaluation = probe.values(inside[:-1].reshape(-1, *probe.space.shape).float())
        worth = torch.cat([evaluation.scores, probe.base[None]]).double()
        found = _shares(worth, inside)
        alone = [len(inside) - 1 - (1 << index) for index in range(len(names))]
        images = None if evaluation.image_change is None else evaluation.image_change[alone]
        total = worth[-1] - worth[0]
        values = rows(names, found, images)
        provenance: dict[str, object] = {
            "score_at_baseline": worth[0].tolist(),
            "completeness_gap": (found.sum(dim=0) - total).tolist(),
            "coalitions": len(inside),
        }
        nothing = ~found.any(dim=0)
        if nothing.all():
            return replace(no_change(place(probe.addresses), provenance), values=values, additive=True)
        return Explanation(
            values=values,
            notes=(
                f"Positive: raises the score (a larger score means: {probe.score_higher}). The values add up to "
                "score(as is) - score(all parts at the baseline).",
                *null_samples(nothing, "no part moves its score by more than rounding"),
            ),
            provenance=provenance,
            additive=True,
        )


def _coalitions(size: int) -> Tensor:
    """Every subset of ``size`` parts, part i in bit i of its row's number: ``(2**size, size)`` bool."""
    numbers = torch.arange(1 << size)[:, None]
    return (numbers >> torch.arange(size)) % 2 == 1


def _shares(worth: Tensor, inside: Tensor) -> Tensor:
    """Shapley values: worth ``(2**n, N)`` float64, inside ``(2**n, n)`` -> ``(n, N)``."""
    size = inside.shape[1]
    weight = torch.tensor([1 / (size * comb(size - 1, count)) for count in range(size)], dtype=torch.float64)
    numbers, members = torch.arange(len(inside)), inside.sum(dim=1)
    found = []
    for index in range(size):
        without = numbers[~inside[:, index]]
        less, more = worth[without], worth[without + (1 << index)]
        gains = more - less
        # A part that in no coalition does more than rounding is worth nothing; one that does keeps all its gains.
        moves = cleared(gains, torch.maximum(less.abs(), more.abs())).any(dim=0)
        gains = torch.where(moves, gains, 0)
        found.append((weight[members[without]].to(worth.device)[:, None] * gains).sum(dim=0))
    return torch.stack(found)
