"""gradcam: gradient-weighted class activation maps, for any score and any picture's pass."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.options import GradcamOptions

BLIND_BELOW = 1e-5
"""mean|GAP(g)| / mean|g| below this is rounding: the pooled gradient carries nothing."""

BORDER = 1
"""Positions at each side where zero padding leaves a gradient, although a normalisation cancels it further in."""


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
        path, role, gradient = activation.address.path, activation.address.role, activation.gradient
        pooled = gradient.mean(dim=(2, 3), keepdim=True)
        magnitude, pooled_magnitude = gradient.abs().mean(dim=(1, 2, 3)), pooled.abs().mean(dim=(1, 2, 3))
        silent, blind = magnitude == 0, pooled_magnitude < BLIND_BELOW * magnitude
        provenance: dict[str, object] = {
            "mean_abs_gradient": magnitude.mean().item(),
            "mean_abs_pooled_gradient": pooled_magnitude.mean().item(),
        }
        if silent.all():
            return Explanation(
                null=True,
                provenance=provenance,
                null_reason=f"The score does not depend on {path} of the {role} picture here: its gradient is zero. "
                "Try another layer or score.",
            )
        if (silent | blind).all():
            ratio = (pooled_magnitude.sum() / magnitude.sum()).item()
            return Explanation(
                null=True,
                provenance=provenance,
                null_reason=f"The gradient at {path} averages to zero over positions (mean|GAP(g)| / mean|g| = "
                f"{ratio:.1e}), as it does where a map feeds a normalisation such as AdaIN: Grad-CAM is blind here. "
                "Try --explainer layercam, which pools nothing, or ablation.",
            )
        notes = [
            f"Positive where features that raise the score fire ({probe.score_higher}). The map carries, to first "
            f"order, what the channel means of {path} are worth; their deviations and other layers are not in it."
        ]
        nothing = (silent | blind).nonzero().flatten().tolist()
        if nothing:
            notes.append(f"Null for sample {', '.join(map(str, nothing))} of the batch: its pooled gradient is zero.")
        if _border_only(gradient, pooled):
            notes.append(
                f"Take care: the pooled gradient at {path} is no larger than what the positions at the border alone "
                "could give, as it is where a map feeds a normalisation through zero-padded convolutions. The map may "
                "be an artefact of the padding. Compare with --explainer layercam, or ablation."
            )
        heat = (pooled * (activation.value - activation.baseline)).sum(dim=1)
        heat[silent | blind] = 0
        provenance["map_sum"] = heat.sum(dim=(1, 2)).tolist()
        if self.options.sign == "positive":
            heat = torch.relu(heat)
        return Explanation(
            maps={
                "gradcam": HeatMap(heat, role, f"Grad-CAM at {path}"),
            },
            notes=tuple(notes),
            provenance=provenance,
        )


def _border_only(gradient: Tensor, pooled: Tensor) -> bool:
    """Whether the border's gradients, added without their signs, exceed the sum of all: ``(N, C, h, w)``."""
    height, width = gradient.shape[-2:]
    if min(height, width) <= 2 * BORDER + 1:
        return False
    inside = gradient[..., BORDER:-BORDER, BORDER:-BORDER].abs().sum()
    return bool(pooled.abs().sum() * height * width < gradient.abs().sum() - inside)
