"""ablation: what the score and the picture lose when one unit is replaced."""

from __future__ import annotations

import torch

from gsx.api import Explanation, Probe, UnitValue
from gsx_explainers.options import AblationOptions


class Ablation:
    """value of unit u = score(as is) - score(u replaced by the baseline); signs hold for negative scores too.

    Each unit is replaced alone, so values need not sum to the score. Source: Ramaswamy & Desai, "Ablation-CAM",
    WACV 2020, without its division by the score, which turns signs around where the score is negative.
    """

    def __init__(self, options: AblationOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        size = probe.space.size
        coefficients = (1 - torch.eye(size)).reshape(size, *probe.space.shape)
        evaluation = probe.values(coefficients)
        change = probe.base[None] - evaluation.scores
        rows = tuple(
            tuple(
                UnitValue(
                    name,
                    change[index, sample].item(),
                    None if evaluation.image_change is None else evaluation.image_change[index, sample].item(),
                )
                for index, name in enumerate(probe.space.names)
            )
            for sample in range(change.shape[1])
        )
        return Explanation(
            values=rows,
            notes=(
                f"Positive: the score falls without this unit (a larger score means: {probe.score_higher}). Units are "
                "replaced one at a time, so the values do not add up to the score.",
            ),
            provenance={"evaluations": size},
        )
