"""target: the attribution is another where the score is asked about another style."""

from __future__ import annotations

from gsx.explaining.card.attribution import same_form
from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.explaining.card.likeness import pearson
from gsx.specs.interfaces import Skip

EXPECTED = "below 0.95"

OTHER = 0.95


def judge(case: Case) -> Judged:
    """Correlation with the attribution for another style: the one given, else the style in inverted colours."""
    found, probe = case.found, case.probe
    if found.on == "style":
        raise Skip("The maps lie on different pictures.")
    if case.spec.method == "gradient":
        case.need(case.evaluations)
    else:
        case.need_again(1)
    other = case.again.for_style()
    if other.provenance["score"] == probe.base.tolist():
        raise Skip("The score does not look at the style.")
    if not found.loud.any():
        raise Skip("It is zero everywhere.")
    if other.null:
        raise Skip("Asked about another style, it shows nothing that could be compared.")
    likeness = pearson(found.flat, same_form(other, found, probe).flatten(1))
    value = likeness[found.loud].mean().item()
    differs = value < OTHER
    asked = "this style in inverted colours" if case.again.inverted else "another style"
    return Judged(
        value,
        "pass" if differs else "fail",
        f"Asked about {asked}, it is {'another' if differs else 'the same'}.",
        {"correlation": per_sample(likeness), "null": other.null},
    )
