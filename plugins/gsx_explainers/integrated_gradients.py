"""integrated-gradients: what each coefficient adds on the straight way from the baseline to the pass as it is."""

from __future__ import annotations

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from gsx.api import Explanation, Probe
from gsx_explainers.nothing import ROUNDING, no_gradient, null_samples, place, spot
from gsx_explainers.options import IntegratedGradientsOptions
from gsx_explainers.shown import shown

FIRST_STEPS = 8
"""Points to begin with; they double until the gap is small."""

GRADIENT_ROUNDING = 1e-8
"""A part worth less than this share of the score is what its gradient's rounding leaves."""


class IntegratedGradients:
    """value_i = ∫₀¹ ∂score/∂c_i (α, …, α) dα, over the unit's coefficients c, which go from 0 (the baseline) to 1.

    Values add up to score(as is) − score(baseline); what is missing is the completeness gap. The integral is taken at
    Gauss–Legendre points, whose number doubles until |gap| ≤ ``tolerance`` · |score(as is) − score(baseline)|, for
    each sample on its own, or until ``max_steps``. For a unit whose edit is linear in its coefficients (pixels, a
    layer's map) it is the integrated gradient of the activation, summed over channels.

    Source: Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, eq. 1.
    """

    def __init__(self, options: IntegratedGradientsOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        base = probe.base
        wanted = base - probe.values(torch.zeros(1, *probe.space.shape)).scores[0]
        steps = min(FIRST_STEPS, self.options.max_steps)
        found, used = self._integral(probe, steps), torch.full_like(base, steps)
        while (open_ := self._open(found, wanted)).any() and steps < self.options.max_steps:
            steps = min(2 * steps, self.options.max_steps)
            finer = self._integral(probe, steps)
            chosen = open_.reshape(-1, *[1] * len(probe.space.shape))
            found, used = torch.where(chosen, finer, found), torch.where(open_, torch.full_like(used, steps), used)
        found = _cleared(found, base) if probe.space.names else found
        total = found.flatten(1).sum(dim=1)
        silent = ~found.flatten(1).any(dim=1)
        provenance: dict[str, object] = {
            "score_at_baseline": (base - wanted).tolist(),
            "completeness_gap": (total - wanted).tolist(),
            "steps": used.int().tolist(),
        }
        where = place(probe.addresses)
        if silent.all():
            return no_gradient(where, provenance)
        notes = [
            f"Positive: raises the score on the way from the baseline to the pass as it is ({probe.score_higher}). "
            "The values add up to score(as is) - score(baseline), but for the completeness gap.",
            *null_samples(silent, "its gradient is zero all the way"),
        ]
        wide = self._open(found, wanted).nonzero().flatten().tolist()
        if wide:
            far = max(abs((total[i] - wanted[i]).item()) for i in wide)
            notes.append(
                f"Take care: with {steps} steps the values still miss the score's difference by up to {far:.3g} (more "
                f"than {self.options.tolerance:.0%} of it). The score bends sharply on the way, or differs by next to "
                "nothing. Raise max_steps, or take another baseline."
            )
        return shown(
            probe, "integrated-gradients", found, f"integrated gradients at {spot(probe.addresses)}", notes, provenance
        )

    def _integral(self, probe: Probe, steps: int) -> Tensor:
        """Shape: -> ``(N, *space.shape)``."""
        points, weights = leggauss(steps)
        total = torch.zeros(1)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            gradient = probe.gradient(torch.full((), float(point)).expand(probe.space.shape))
            total = gradient * float(weight) + total.to(gradient.device)
        return total

    def _open(self, found: Tensor, wanted: Tensor) -> Tensor:
        """Samples whose values do not add up yet: found ``(N, *space.shape)``, wanted ``(N,)`` -> ``(N,)`` bool."""
        gap = (found.flatten(1).sum(dim=1) - wanted).abs()
        return gap > self.options.tolerance * wanted.abs()


def _cleared(found: Tensor, base: Tensor) -> Tensor:
    """Parts without effect at exactly 0: their gradient, summed over positions that cancel, leaves rounding.

    Shape:
        found ``(N, *space.shape)``, base ``(N,)``.
    """
    size = found.flatten(1).abs()
    least = torch.maximum(ROUNDING * size.amax(dim=1), GRADIENT_ROUNDING * base.abs())
    return torch.where(size > least[:, None], found.flatten(1), 0).reshape(found.shape)
