"""randomisation: the attribution is lost where what the networks have learned is lost."""

from __future__ import annotations

import torch

from gsx.explaining.card.attribution import same_form
from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.explaining.card.curves import FEWEST_UNITS
from gsx.explaining.card.likeness import spearman
from gsx.explaining.card.rivals import rivals
from gsx.specs.interfaces import Skip

EXPECTED = "at most the floor: what 95 % of maps that know nothing of the score stay below"

RIVALS = 100
"""They cost no evaluation."""

ALIKE = 0.99
"""A floor from here on can be missed by nothing: chance makes the same of so few or so regular values."""


def judge(case: Case) -> Judged:
    """|Spearman| of the attribution with the one found with permuted parameters, against that of rivals.

    Two maps of one resolution are alike by chance, the more so the smoother they are; the floor is the 95th
    percentile of the likeness between the map and rivals with its own spectrum.

    Source: Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, with parameters permuted within each
    tensor; the calibrated floor is ours.
    """
    found, probe = case.found, case.probe
    if found.flat.shape[1] < 2:
        raise Skip("A single value has no order.")
    if found.flat.shape[1] < FEWEST_UNITS:
        raise Skip(f"{found.flat.shape[1]} values have too few orders to be compared with chance.")
    case.need_again(1)
    again = case.again.with_random_parameters(case.seed)
    if again.provenance["score"] == probe.base.tolist():
        raise Skip("The score does not depend on the parameters.")
    likeness = spearman(found.flat, same_form(again, found, probe).flatten(1)).abs()
    chance = [
        spearman(found.flat, rival.flatten(1)).abs()
        for rival in rivals(found.values, RIVALS, case.seed, geometric=not found.names)
    ]
    floor = torch.stack(chance).quantile(0.95, dim=0)
    varied = (found.flat != found.flat[:, :1]).any(dim=1)
    if not varied.any():
        raise Skip("Its values are all equal, so they have no order to lose.")
    valid = varied & (floor < ALIKE)
    if not valid.any():
        raise Skip("Chance alone makes maps as alike as can be of its values, so that no likeness proves anything.")
    value, limit = likeness[valid].mean().item(), floor[valid].mean().item()
    lost = value <= limit
    return Judged(
        value,
        "pass" if lost else "fail",
        f"With permuted parameters its ranks are {'no more' if lost else 'more'} alike than by chance (floor "
        f"{limit:.2f}).",
        {"likeness": per_sample(likeness), "floor": per_sample(floor), "null": again.null},
    )
