"""Where there is nothing to show: changes and gradients that are zero, or no more than rounding."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from gsx.api import Address, Explanation

ROUNDING = 1e-6
"""A change of the score below this share of it is what float32 sums leave, and says nothing."""


def place(addresses: Sequence[Address]) -> str:
    """Where a unit lies, in words: ``relu4_1 of the style picture``."""
    where = addresses[0].path if len(addresses) == 1 else f"{addresses[0].path} … {addresses[-1].path}"
    role = addresses[0].role
    return f"{where} of call {role}" if isinstance(role, int) else f"{where} of the {role} picture"


def no_gradient(where: str, provenance: dict[str, object]) -> Explanation:
    """Null, for the gradient is zero everywhere."""
    return Explanation(
        null=True,
        provenance=provenance,
        null_reason=f"The score does not depend on {where} here: its gradient is zero. Try another layer or score.",
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


def null_samples(null: Tensor, why: str) -> tuple[str, ...]:
    """A note that names the samples of a batch for which there is nothing; none where there is none.

    Shape:
        null ``(N,)`` bool.
    """
    found = null.nonzero().flatten().tolist()
    return (f"Null for sample {', '.join(map(str, found))} of the batch: {why}.",) if found else ()
