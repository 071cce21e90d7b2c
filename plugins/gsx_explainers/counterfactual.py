"""counterfactual: how far from the baseline to the pass as it is a score has to go to reach a target."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from gsx.api import Explanation, Probe
from gsx_explainers.nothing import no_change, null_samples, place, unmoved
from gsx_explainers.options import CounterfactualOptions
from gsx_explainers.shown import rows


class Counterfactual:
    """The smallest α in [0, 1], all coefficients of the unit at α, at which the score reaches the target.

    0 is the baseline, 1 the pass as it is. The target is ``value``, or the score ``reach`` of the way from the
    baseline's to that of the pass as it is; reached means at it, or beyond it as seen from the baseline's score. The
    score is read at ``grid`` evenly spaced α, and the first interval in which it gets there is halved until it is no
    wider than ``precision``. A score that gets there and back between two points of the grid is missed.

    Its value is what the whole unit is worth: score(as is) − score(baseline).
    """

    def __init__(self, options: CounterfactualOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        alphas = torch.linspace(0, 1, self.options.grid, dtype=torch.float64)
        before = probe.values(_rows(probe, alphas[:-1, None].expand(-1, len(probe.base))))
        curve = torch.cat([before.scores, probe.base[None]]).cpu()
        first, last = curve[0], curve[-1]
        where = place(probe.addresses)
        nothing = unmoved(curve - first, torch.maximum(first.abs(), last.abs()))
        provenance: dict[str, object] = {"alphas": alphas.tolist(), "curve": curve.T.tolist()}
        if nothing.all():
            return no_change(where, provenance)
        target = self._target(first, last)
        side = torch.sign(target - first)
        there = side * (curve - target) >= 0
        reached = there.any(dim=0) & ~nothing
        alpha = self._bisected(probe, alphas, there.int().argmax(dim=0), target, side)
        provenance |= {
            "target": target.tolist(),
            "reached": reached.tolist(),
            "alpha": [one if found else None for one, found in zip(alpha.tolist(), reached.tolist(), strict=True)],
        }
        if not reached.any():
            furthest = (side * curve).max(dim=0).values * side
            return Explanation(
                null=True,
                provenance=provenance,
                null_reason=f"The score never reaches {_listed(target)} between the baseline of {where} and the pass "
                f"as it is: it gets to {_listed(furthest)}. Try a smaller reach, another value, or another unit.",
            )
        image = None if before.image_change is None else before.image_change[:1]
        values = rows([where], probe.base[None] - before.scores[:1], image)
        found = list(zip(alpha.tolist(), target.tolist(), first.tolist(), last.tolist(), reached.tolist(), strict=True))
        return Explanation(
            values=tuple(
                (replace(row, figures={"α": one, "target score": goal}),) if got else (row,)
                for (row,), (one, goal, _, _, got) in zip(values, found, strict=True)
            ),
            answers=tuple(_answer(where, *one) for one in found),
            notes=(
                f"α is the smallest blend at which the score reaches the target, to {self.options.precision:g}: 0 has "
                f"all of {where} at the baseline, 1 leaves it as it is; for what the fusion gives, with the content as "
                "baseline, α is the share of the strength that it was made with. The value is what all of it is worth: "
                "score(as is) - score(baseline).",
                *null_samples(~reached & ~nothing, "its score never reaches the target"),
                *null_samples(nothing, "its score does not depend on the unit"),
            ),
            provenance=provenance,
        )

    def _target(self, first: Tensor, last: Tensor) -> Tensor:
        if self.options.value is not None:
            return torch.full_like(first, self.options.value)
        return first + self.options.reach * (last - first)

    def _bisected(self, probe: Probe, alphas: Tensor, hit: Tensor, target: Tensor, side: Tensor) -> Tensor:
        """The upper end of each sample's interval, halved: ``(N,)`` float64."""
        high, low = alphas[hit], alphas[(hit - 1).clamp_min(0)]
        for _ in range(halvings(self.options)):
            middle = (low + high) / 2
            score = probe.values(_rows(probe, middle[None])).scores[0].cpu()
            there = side * (score - target) >= 0
            low, high = torch.where(there, low, middle), torch.where(there, middle, high)
        return high


def halvings(options: CounterfactualOptions) -> int:
    """How often an interval of the grid is halved."""
    return max(0, math.ceil(math.log2(1 / ((options.grid - 1) * options.precision))))


def _rows(probe: Probe, alphas: Tensor) -> Tensor:
    """Every coefficient of a sample at its α: ``(M, N)`` -> ``(M, N, *space.shape)``."""
    shape = probe.space.shape
    return alphas.float().reshape(*alphas.shape, *[1] * len(shape)).expand(*alphas.shape, *shape)


def _answer(where: str, alpha: float, target: float, first: float, last: float, reached: bool) -> str:
    if not reached:
        return ""
    return (
        f"The score first reaches the target of {target:.4g} at α = {alpha:.3g}, on the way of {where} from the "
        f"baseline (α = 0, score {first:.4g}) to what it is (α = 1, score {last:.4g})."
    )


def _listed(values: Tensor) -> str:
    return ", ".join(f"{value:.4g}" for value in values.tolist())
