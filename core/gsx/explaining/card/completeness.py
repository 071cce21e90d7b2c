"""completeness: an additive attribution sums to what the score loses where the whole unit is replaced."""

from __future__ import annotations

from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.report.formats import percent
from gsx.specs.interfaces import Skip

EXPECTED = "0, at most 0.05"

COMPLETE, NEARLY = 0.05, 0.2


def judge(case: Case) -> Judged:
    """|Σφ − (score(as is) − score(baseline))| / |score(as is) − score(baseline)|.

    Source: Sundararajan et al., "Axiomatic attribution for deep networks", ICML 2017 (completeness); Lundberg & Lee,
    "A unified approach to interpreting model predictions", NeurIPS 2017 (local accuracy).
    """
    if not case.explanation.additive:
        raise Skip("Its values are not meant to add up to the score.")
    total = case.found.flat.sum(dim=1)
    gap = (total - case.gain).abs() / case.gain.abs()
    valid = gap.isfinite()
    if not valid.any():
        raise Skip("The score is the same with the whole unit replaced, so there is nothing to add up to.")
    value = gap[valid].max().item()
    whose = "Of the worst sample, the" if len(gap) > 1 else "The"
    return Judged(
        value,
        "pass" if value <= COMPLETE else "weak" if value <= NEARLY else "fail",
        f"{whose} sum misses the score's change from the baseline by {percent(value)} of it.",
        {"gap": per_sample(gap), "sum": total.tolist(), "change": per_sample(case.gain)},
    )
