"""Strength: does more strength bring the result closer to the style, step by step?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torchmetrics.functional import spearman_corrcoef

from gsx.training.adversarial.gauges.gauge import Gauge, broken, not_applicable

MOST = -0.9
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def strength_order(distances: Sequence[float]) -> Gauge:
    """Spearman's rank correlation of strength and distance to the style: -1 where each step brings it closer.

    Args:
        distances: to the style, at each of :data:`STRENGTHS`; empty where the fusion has no strength.
    """
    name = "strength order"
    if not distances:
        return not_applicable(name, "no strength changes this fusion")
    if not all(map(math.isfinite, distances)):
        return broken(name)
    if max(distances) - min(distances) <= 1e-9:
        return Gauge(name, 0.0, False, f"at most {MOST}", _ADVICE)
    value = spearman_corrcoef(torch.tensor(distances), torch.tensor(STRENGTHS)).item()
    return Gauge(name, value, value <= MOST + 1e-6, f"at most {MOST}", _ADVICE)


_ADVICE = "More strength does not bring more style. Train longer, or with a larger weight of the style's term."
