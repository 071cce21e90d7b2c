"""infidelity: an additive attribution foretells what random edits do to the score."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.explaining.card.case import NEGLIGIBLE, Case, Judged, per_sample
from gsx.report.formats import percent
from gsx.specs.interfaces import Skip, Space

EXPECTED = "0, below 0.1; 1 is no better than one guess for every edit"

FAITHFUL, BETTER_THAN_NONE = 0.1, 0.5

DRAWS = {"quick": 24, "full": 128}
DRAWS_REMADE = 16
"""For a quick card where each makes the picture again."""

COARSE = 8
"""Cells along a side of a mask over positions: masks of single pixels are all alike to a network."""


def judge(case: Case) -> Judged:
    """E[(Σ δφ − (score(as is) − score(1 − δ)))²] over random masks δ, in shares of the variance of the score's part.

    Each part of the unit, or over positions each cell of a coarse grid, is replaced by its baseline with a chance of
    one half.

    Source: Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS 2019, definition 2.1, with
    their noisy baseline's perturbation; divided by the variance so that it does not depend on the score's scale.
    """
    if not case.explanation.additive:
        raise Skip("Its values are not meant to add up in the score's units, so their sums foretell no edit.")
    space = case.probe.space
    if not case.found.names and tuple(case.found.values.shape[1:]) != space.shape:
        raise Skip("The map has another resolution than the unit, so its values are not those of the unit's parts.")
    if space.size < 2:
        raise Skip("A single unit has one edit only, which completeness tests.")
    values = case.on_unit.flatten(1)
    draws = DRAWS[case.level]
    if case.level == "quick" and case.probe.remakes:
        draws = DRAWS_REMADE
    case.need(draws)
    drawn = torch.Generator().manual_seed(case.seed)
    foretold: list[Tensor] = []
    happened: list[Tensor] = []
    while (done := sum(map(len, happened))) < draws:
        # Asked anew each time: a probe may find that fewer rows go together than it thought.
        replaced = _masks(min(case.probe.chunk, draws - done), space, drawn).to(values.device)
        foretold.append(replaced.flatten(1) @ values.T)
        happened.append(case.probe.base - case.probe.values(1 - replaced).scores)
    said, true = torch.cat(foretold).double(), torch.cat(happened).double()
    spread = true.var(dim=0, correction=0)
    size = torch.maximum(case.probe.base.abs().double(), true.abs().amax(dim=0))
    infidelity = (said - true).square().mean(dim=0) / spread
    infidelity[spread.sqrt() <= NEGLIGIBLE * size] = torch.nan
    valid = infidelity.isfinite()
    if not valid.any():
        raise Skip("The score hardly changes under random edits.")
    value = infidelity[valid].mean().item()
    return Judged(
        value,
        "pass" if value <= FAITHFUL else "weak" if value <= BETTER_THAN_NONE else "fail",
        f"What {draws} random edits did to the score was missed by {percent(value)} of its variance.",
        {"infidelity": per_sample(infidelity), "draws": draws},
    )


def _masks(count: int, space: Space, drawn: torch.Generator) -> Tensor:
    """1 where a part is replaced, ``(count, *space.shape)``."""
    if len(space.shape) != 2:
        return torch.randint(2, (count, *space.shape), generator=drawn).float()
    cells = [min(side, COARSE) for side in space.shape]
    coarse = torch.randint(2, (count, 1, *cells), generator=drawn).float()
    return interpolate(coarse, size=list(space.shape), mode="nearest")[:, 0]
