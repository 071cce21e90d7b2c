"""seeds: an explainer that draws random numbers finds the same with others."""

from __future__ import annotations

import torch

from gsx.explaining.card.attribution import same_form
from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.explaining.card.likeness import pearson
from gsx.specs.interfaces import Skip

EXPECTED = "at least 0.9"

STABLE, SHAKY = 0.9, 0.7

SEEDS = 3
"""The explanation's own and two more."""


def judge(case: Case) -> Judged:
    """Mean correlation between the attributions of three seeds."""
    if not case.spec.random:
        raise Skip("The explainer is deterministic.")
    case.need_again(SEEDS - 1)
    found, probe = case.found, case.probe
    others = [same_form(case.again.with_seed(probe.seed + step), found, probe).flatten(1) for step in range(1, SEEDS)]
    drawn = [found.flat, *others]
    pairs = [pearson(drawn[one], drawn[other]) for one in range(SEEDS) for other in range(one)]
    likeness = torch.stack(pairs).mean(dim=0)
    value = likeness[found.loud].mean().item() if found.loud.any() else 0.0
    return Judged(
        value,
        "pass" if value >= STABLE else "weak" if value >= SHAKY else "fail",
        f"Of {SEEDS} seeds, any two correlate by {value:.2f} on average.",
        {"correlation": per_sample(likeness)},
    )
