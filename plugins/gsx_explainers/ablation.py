"""ablation: what the score and the picture lose when one unit is replaced."""

from __future__ import annotations

from dataclasses import replace

import torch

from gsx.api import Explanation, Probe
from gsx_explainers.nothing import cleared, no_change, null_samples, place
from gsx_explainers.options import AblationOptions
from gsx_explainers.shown import require_names, rows


class Ablation:
    """value of unit u = score(as is) - score(u replaced by the baseline); signs hold for negative scores too.
    No more than rounding is exactly 0.

    Each unit is replaced alone, so values need not sum to the score. Source: Ramaswamy & Desai, "Ablation-CAM",
    WACV 2020, without its division by the score, which turns signs around where the score is negative.
    """

    def __init__(self, options: AblationOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        """Raises ContractError: the unit has no names."""
        names, size = require_names(probe, "ablation"), probe.space.size
        coefficients = (1 - torch.eye(size)).reshape(size, *probe.space.shape)
        evaluation = probe.values(coefficients)
        base, scores = probe.base[None], evaluation.scores
        changes = cleared(base - scores, torch.maximum(base.abs(), scores.abs()))
        found = rows(names, changes, evaluation.image_change)
        provenance: dict[str, object] = {"evaluations": size}
        nothing = ~changes.any(dim=0)
        if nothing.all():
            return replace(no_change(place(probe.addresses), provenance), values=found)
        return Explanation(
            values=found,
            notes=(
                f"Positive: the score falls without this unit (a larger score means: {probe.score_higher}). Units are "
                "replaced one at a time, so the values do not add up to the score.",
                *null_samples(nothing, "no edit moves its score by more than rounding"),
            ),
            provenance=provenance,
        )
