"""gradcam: gradient-weighted class activation maps, for any score and any picture's pass."""

from __future__ import annotations

import torch

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import spot
from gsx_explainers.options import GradcamOptions
from gsx_explainers.pooling import pool


class Gradcam:
    """map = Σ_k GAP(∂score/∂A_k) · (A_k - B_k), signed, where B stands for the features' absence.

    Source: Selvaraju et al., "Grad-CAM", ICCV 2017, eq. 1–2, without the ReLU unless asked for; theirs is B = 0
    (``baseline = zero``). For a score that is 0 at the content, B is the content's own map: the map then says where
    the result went the score's way from the content, and it sums to the part of the score that the means of the
    layer's channels carry, to first order (deviations have a gradient of zero mean, which pooling removes). It says
    where the picture was changed that way, not which style did it: for that, compare the map for another style.
    Where the pooled gradients vanish (a map that feeds a normalisation), it says null; in a batch, the map of such a
    sample is zero.
    """

    def __init__(self, options: GradcamOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        (activation,) = probe.activations()
        found = pool(activation, "Grad-CAM")
        if found.null:
            return found.null
        path = spot([activation.address])
        heat = (found.pooled * (activation.value - activation.baseline)).sum(dim=1)
        heat[found.nothing] = 0
        provenance = {**found.provenance, "map_sum": heat.sum(dim=(1, 2)).tolist()}
        positive = self.options.sign == "positive"
        if positive:
            heat = torch.relu(heat)
        return Explanation(
            maps={"gradcam": HeatMap(heat, probe.lies_on, f"Grad-CAM at {path}", adds_up=not positive)},
            notes=(
                f"Positive where features that raise the score fire ({probe.score_higher}). The map carries, to first "
                f"order, what the channel means of {path} are worth; their deviations and other layers are not in it.",
                *found.notes,
            ),
            provenance=provenance,
        )
