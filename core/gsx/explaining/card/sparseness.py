"""sparseness: how concentrated the attribution is."""

from __future__ import annotations

from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.explaining.card.likeness import gini
from gsx.specs.interfaces import Skip

EXPECTED = "any: 0 is even, 1 concentrated"


def judge(case: Case) -> Judged:
    """See :func:`gsx.explaining.card.likeness.gini`. It describes, and judges nothing."""
    index = gini(case.found.flat)
    valid = index.isfinite()
    if not valid.any():
        raise Skip("It is zero everywhere.")
    value = index[valid].mean().item()
    why = "It describes how few values carry most, and judges nothing."
    return Judged(value, "n/a", why, {"gini": per_sample(index)})
