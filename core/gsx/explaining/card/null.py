"""null: whether the explanation shows something, and says so where it does not."""

from __future__ import annotations

from gsx.explaining.card.case import Case, Judged
from gsx.specs.interfaces import Skip

EXPECTED = "0 (it shows something), or 1 with its reason"


def judge(case: Case) -> Judged:
    """1 where the explanation is null or nothing but zeros. Zeros that are shown as a finding fail."""
    explanation = case.explanation
    if explanation.null:
        return Judged(1.0, "pass", f"It says that it shows nothing: {explanation.null_reason}")
    try:
        loud = case.found.loud
    except Skip as nothing:
        return Judged(1.0, "fail", f"{nothing} It does not say that it is null.")
    details: dict[str, object] = {"silent": [not one for one in loud.tolist()]}
    if not loud.any():
        return Judged(1.0, "fail", "Every value is exactly zero, and it does not say that it is null.", details)
    if not loud.all():
        return Judged(0.0, "pass", "Some samples of the batch have values, and others nothing but zeros.", details)
    return Judged(0.0, "pass", "It has values other than zero.", details)
