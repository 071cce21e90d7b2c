"""gradcam++: Grad-CAM with a weight for each position of the gradient, so that small and large regions count alike."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import spot
from gsx_explainers.options import GradcamPlusPlusOptions
from gsx_explainers.pooling import pool


class GradcamPlusPlus:
    """map = Σ_k w_k · (A_k − B_k), w_k = Σ_ij α_kij · g_kij, signed, where g = ∂score/∂A and B stands for absence.

    Source: Chattopadhay et al., "Grad-CAM++", WACV 2018, eq. 19 for Y = exp(score / T), whose higher derivatives are
    powers of the first: α = g² / (2 g² + g³ Σ_ab A_ab / T) = 1 / (2 + g Σ_ab A_ab / T), and 0 where g is. As in the
    paper for ``sign = positive``: ReLU(g) in w, and a ReLU on the map. Signed, g Σ A may be negative and the fraction
    without bound, so that its magnitude is taken: α = 1 / (2 + |g| Σ_ab |A_ab − B_ab| / T), which is the paper's where
    gradients and features are positive.

    T is 1 in the paper, whose scores are logits. With that, a score in other units gives another map. So it is, unless
    given, Σ |g · (A − B)|, the score's own size to first order, for each sample. Null rules are Grad-CAM's.
    """

    def __init__(self, options: GradcamPlusPlusOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        (activation,) = probe.activations()
        found = pool(activation, "Grad-CAM++")
        if found.null:
            return found.null
        path, gradient = spot([activation.address]), activation.gradient
        change = activation.value - activation.baseline
        positive = self.options.sign == "positive"
        size = (gradient * change).abs().sum(dim=(1, 2, 3), keepdim=True)
        unit = size if self.options.temperature is None else torch.full_like(size, self.options.temperature)
        weights = _weights(torch.relu(gradient) if positive else gradient, change, unit, positive=positive)
        heat = (weights * change).sum(dim=1)
        if positive:
            heat = torch.relu(heat)
        heat[found.nothing] = 0
        return Explanation(
            maps={"gradcam++": HeatMap(heat, probe.lies_on, f"Grad-CAM++ at {path}")},
            notes=(
                f"Positive where features that raise the score fire ({probe.score_higher}). Its scale means nothing: "
                "compare places within the map.",
                *found.notes,
            ),
            provenance={**found.provenance, "temperature": unit.flatten().tolist()},
        )


def _weights(gradient: Tensor, change: Tensor, unit: Tensor, *, positive: bool) -> Tensor:
    """Σ_ij α · g: gradient and change ``(N, C, h, w)``, unit ``(N, 1, 1, 1)`` -> ``(N, C, 1, 1)``."""
    relative = gradient / torch.where(unit > 0, unit, 1)
    if positive:
        # Features below the baseline can bring the sum, and with it the fraction's pole, below zero: none fire there.
        total = torch.relu(change.sum(dim=(2, 3), keepdim=True))
    else:
        relative, total = relative.abs(), change.abs().sum(dim=(2, 3), keepdim=True)
    return (gradient / (2 + relative * total)).sum(dim=(2, 3), keepdim=True)
