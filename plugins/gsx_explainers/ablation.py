"""ablation: what the score and the picture lose when one unit is replaced."""

from __future__ import annotations

import torch

from gsx.api import Explanation, Probe
from gsx_explainers.options import AblationOptions
from gsx_explainers.shown import require_names, rows


class Ablation:
    """value of unit u = score(as is) - score(u replaced by the baseline); signs hold for negative scores too.

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
        return Explanation(
            values=rows(names, probe.base[None] - evaluation.scores, evaluation.image_change),
            notes=(
                f"Positive: the score falls without this unit (a larger score means: {probe.score_higher}). Units are "
                "replaced one at a time, so the values do not add up to the score.",
            ),
            provenance={"evaluations": size},
        )
