"""What class activation maps share: when a gradient that is pooled over positions carries nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gsx.api import Activation, Explanation
from gsx_explainers.nothing import no_gradient, null_samples, place, spot

BLIND_BELOW = 1e-5
"""mean|GAP(g)| / mean|g| below this is rounding: the pooled gradient carries nothing."""

BORDER = 3
"""Positions at each side where zero padding leaves a gradient, although a normalisation cancels it further in: one for
each convolution of 3 × 3 in between. Further in, the artefact is small."""

WIDEST = 0.5
"""Share of a map that its border may take: with more, ordinary maps would be warned of."""


@dataclass(frozen=True)
class Pooling:
    """A gradient ``(N, C, h, w)`` averaged over positions, and what may be said by it.

    Args:
        pooled: ``(N, C, 1, 1)``.
        nothing: samples whose gradient is zero, or averages to zero, ``(N,)`` bool.
        null: what to return where that is all of them.
        notes: what a reader has to know where it is not.
        provenance: mean magnitudes of the gradient, and of the pooled one.
    """

    pooled: Tensor
    nothing: Tensor
    null: Explanation | None
    notes: tuple[str, ...]
    provenance: dict[str, object]


def pool(activation: Activation, method: str) -> Pooling:
    """Average the gradient over positions; ``method`` is what a reader calls it, such as ``Grad-CAM``."""
    path, gradient = spot([activation.address]), activation.gradient
    pooled = gradient.mean(dim=(2, 3), keepdim=True)
    magnitude, pooled_magnitude = gradient.abs().mean(dim=(1, 2, 3)), pooled.abs().mean(dim=(1, 2, 3))
    silent, blind = magnitude == 0, pooled_magnitude < BLIND_BELOW * magnitude
    nothing = silent | blind
    provenance: dict[str, object] = {
        "mean_abs_gradient": magnitude.mean().item(),
        "mean_abs_pooled_gradient": pooled_magnitude.mean().item(),
    }
    null, notes = None, null_samples(nothing, "its pooled gradient is zero")
    if silent.all():
        null = no_gradient(place([activation.address]), provenance)
    elif nothing.all():
        ratio = (pooled_magnitude.sum() / magnitude.sum()).item()
        null = Explanation(
            null=True,
            provenance=provenance,
            null_reason=f"The gradient at {path} averages to zero over positions (mean|GAP(g)| / mean|g| = "
            f"{ratio:.1e}), as it does where a map feeds a normalisation such as AdaIN: {method} is blind here. "
            "Try --explainer layercam, which pools nothing, or ablation.",
        )
    elif (_border_only(gradient, pooled) & ~nothing).any():
        notes += (
            f"Take care: the pooled gradient at {path} is no larger than what the positions at the border alone "
            "could give, as it is where a map feeds a normalisation through zero-padded convolutions. The map may "
            "be an artefact of the padding. Compare with --explainer layercam, or ablation.",
        )
    return Pooling(pooled, nothing, null, notes, provenance)


def _border_only(gradient: Tensor, pooled: Tensor) -> Tensor:
    """For which samples the border's gradients, added without their signs, exceed the sum of all.

    Shape:
        gradient ``(N, C, h, w)``, pooled ``(N, C, 1, 1)`` -> ``(N,)`` bool.
    """
    height, width = gradient.shape[-2:]
    if min(height, width) <= 3:
        return torch.zeros(len(gradient), dtype=torch.bool, device=gradient.device)
    border = max(side for side in range(1, BORDER + 1) if side == 1 or _ring(height, width, side) <= WIDEST)
    inside = gradient[..., border : height - border, border : width - border].abs().sum(dim=(1, 2, 3))
    return pooled.abs().sum(dim=(1, 2, 3)) * height * width < gradient.abs().sum(dim=(1, 2, 3)) - inside


def _ring(height: int, width: int, border: int) -> float:
    """Share of the positions that lie at the border; 1 where nothing is left inside."""
    return 1 - max(height - 2 * border, 0) * max(width - 2 * border, 0) / (height * width)
