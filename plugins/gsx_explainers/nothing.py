"""Where there is nothing to show: changes and gradients that are zero, or no more than rounding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gsx.api import PICTURE, Address, Explanation

ROUNDING = 1e-6
"""A change of the score below this share of it is what float32 sums leave, and says nothing."""


PICTURES = {"content": "the content picture", "style": "the style picture", "stylized": "the stylised picture"}
"""What a reader calls the three; names in recipes and files keep their spelling."""


def place(addresses: Sequence[Address]) -> str:
    """Where a unit lies, in words: ``relu4_1 of the style picture``, ``the fused map relu4_1``."""
    first = addresses[0]
    where = first.path if len(addresses) == 1 else f"{first.path} … {addresses[-1].path}"
    if first.component == "fusion":
        return f"the fused map{'s' if len(addresses) > 1 else ''} {where}"
    if first.component == "generator":
        return "what the generator gives" if where == PICTURE else f"{where} of the generator"
    role = f"call {first.role}" if isinstance(first.role, int) else PICTURES[first.role]
    return role if first.component == "input" else f"{where} of {role}"


def spot(addresses: Sequence[Address]) -> str:
    """The same for the label of a map, whose picture is named beside it: ``relu4_1``, ``the pixels``."""
    if addresses[0].component == "input":
        return "the pixels"
    named = addresses[0].component in ("fusion", "generator") or isinstance(addresses[0].role, int)
    return place(addresses) if named or len(addresses) > 1 else addresses[0].path


def no_gradient(where: str, provenance: dict[str, object]) -> Explanation:
    """Null, for the gradient is zero everywhere."""
    return Explanation(
        null=True,
        provenance=provenance,
        null_reason=f"The score does not depend on {where} here: its gradient is zero. Try another layer or score; "
        "or ablation or occlusion, which need none, where the score is a count or a threshold.",
    )


def no_change(where: str, provenance: dict[str, object]) -> Explanation:
    """Null, for no edit changed the score by more than rounding."""
    return Explanation(
        null=True,
        provenance=provenance,
        null_reason=f"No change of {where} moved the score by more than rounding: it does not depend on it here. "
        "Try another layer or score.",
    )


def unmoved(changes: Tensor, base: Tensor) -> Tensor:
    """Which samples no edit moved by more than rounding.

    Shape:
        changes of the score ``(M, N)``, base ``(N,)`` -> ``(N,)`` bool.
    """
    return changes.abs().amax(dim=0) <= ROUNDING * base.abs()


def cleared(changes: Tensor, size: Tensor) -> Tensor:
    """The same, but exactly 0 where a change is no more than rounding beside scores of that size.

    Shape:
        changes and the scores' magnitudes ``(M, N)`` -> ``(M, N)``.
    """
    return torch.where(changes.abs() > ROUNDING * size, changes, 0)


def null_samples(null: Tensor, why: str) -> tuple[str, ...]:
    """A note that names the samples of a batch for which there is nothing; none where there is none.

    Shape:
        null ``(N,)`` bool.
    """
    found = null.nonzero().flatten().tolist()
    return (f"Null for sample {', '.join(map(str, found))} of the batch: {why}.",) if found else ()
