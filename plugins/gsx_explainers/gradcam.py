"""gradcam: gradient-weighted class activation maps, for any score and any picture's pass."""

from __future__ import annotations

import torch

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.options import GradcamOptions

BLIND_BELOW = 1e-5
"""mean|GAP(g)| / mean|g| below this is rounding: the pooled gradient carries nothing."""

BORDER = 1
"""Positions left out at each side when judging, for zero padding leaves a gradient there that means nothing."""


class Gradcam:
    """map = Σ_k GAP(∂score/∂A_k) · (A_k - B_k), signed, where B stands for the features' absence.

    Source: Selvaraju et al., "Grad-CAM", ICCV 2017, eq. 1–2, without the ReLU unless asked for; theirs is B = 0
    (``baseline = zero``). For a score that is 0 at the content, B is the content's own map: the map then shows what
    the result has and the content had not. On a picture stylised in one half, it puts most of its positive mass
    there, while B = 0 spreads over both, for style-typical features fire a little everywhere. Where the pooled
    gradients vanish (a map that feeds a normalisation), it says null: there is nothing to show.
    """

    def __init__(self, options: GradcamOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        (activation,) = probe.activations()
        gradient = activation.gradient
        pooled = gradient.mean(dim=(2, 3), keepdim=True)
        inner = gradient
        if min(gradient.shape[-2:]) > 2 * BORDER + 1:
            inner = gradient[..., BORDER:-BORDER, BORDER:-BORDER]
        magnitude = inner.abs().mean().item()
        pooled_inside = inner.mean(dim=(2, 3)).abs().mean().item()
        provenance: dict[str, object] = {"mean_abs_gradient": magnitude, "mean_abs_pooled_gradient": pooled_inside}
        if magnitude == 0:
            return Explanation(
                null=True, provenance=provenance,
                null_reason=f"The score does not depend on {activation.address.path} of the "
                f"{activation.address.role} picture here: its gradient is zero. Try another layer or score.",
            )
        if pooled_inside / magnitude < BLIND_BELOW:
            return Explanation(
                null=True, provenance=provenance,
                null_reason=f"The gradient at {activation.address.path} averages to zero over positions "
                f"(mean|GAP(g)| / mean|g| = {pooled_inside / magnitude:.1e}), as it does where a map feeds a "
                "normalisation such as AdaIN: Grad-CAM is blind here. Try --explainer ablation.",
            )
        heat = (pooled * (activation.value - activation.baseline)).sum(dim=1)
        if self.options.sign == "positive":
            heat = torch.relu(heat)
        return Explanation(
            maps={
                "gradcam": HeatMap(heat, activation.address.role, f"Grad-CAM at {activation.address.path}"),
            },
            notes=(f"Positive where features that raise the score fire ({probe.score_higher}).",),
            provenance=provenance,
        )
