"""Curves of the score while units are taken away or given back in an order, and how good that makes the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Literal

import torch
from torch import Tensor

from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.explaining.card.rivals import every_order, rivals
from gsx.specs.explanation import Verdict
from gsx.specs.interfaces import Skip

Direction = Literal["remove", "give"]

STEPS = {"quick": (8, 4, 2), "full": (16, 8, 4, 2)}
"""Along a curve, the more the better; with 2, where half of the units are replaced is all that is looked at."""

RIVALS = 20
"""A map that knows nothing beats all of them in one case of 21, hence passes in fewer than 5 %."""

PASSES, DOUBTFUL = 0.05, 0.25
"""Chance that an order which knows nothing does as well."""

FEWEST_UNITS = 4
"""Fewer have so few orders that the best of them proves nothing."""

EQUAL = 1e-5
"""Areas closer than this, in shares of the score's gain, are equal up to rounding."""

EXPECTED = "above 0, and larger than for more than 95 % of maps that know nothing of the score"


def judge_order(case: Case, direction: Direction) -> Judged:
    """Hold the order that an attribution gives the units against a straight line and against rivals.

    Units are taken away (from all) or given back (to none) in equal steps from the most positive value down. For
    values that mean something the score then falls, or rises, faster than along the straight line between its ends:
    the figure is the area between the two in shares of the gain |score(as is) − score(baseline)|, positive where the
    order is better than chance, whatever the signs of score and gain. For a linear score no order has a larger one than
    the true contributions. Of few units every set is tried, and every other order is a rival.

    Source: Petsiuk et al., "RISE", BMVC 2018 (deletion and insertion); the straight line and the percentile are ours.
    """
    values = case.on_unit
    if case.probe.space.size < 2:
        raise Skip("A single unit has no order.")
    steps, count = _extent(case)
    gain = case.gain
    valid = case.found.loud & gain.isfinite()
    if not valid.any():
        raise Skip("Next to nothing is lost where the whole unit is replaced, so no order is better than another.")
    geometric = len(case.probe.space.shape) == 2
    chance = rivals(values, count, case.seed, geometric=geometric) if case.coalitions is None else every_order(values)
    places, scores = curves(case, chain([values], chance), steps, direction)
    areas = _areas(places, scores, direction) / gain.abs()
    own = areas[0]
    details: dict[str, object] = {
        "area": per_sample(own.where(valid, torch.nan)),
        "places": places.tolist(),
        "curve": scores[0].tolist(),
        "rivals": len(areas) - 1 if count else 0,
    }
    value = own[valid].median().item()
    verb = "falls" if direction == "remove" else "rises"
    if not count:
        verdict: Verdict = "weak" if value > EQUAL else "fail"
        faster = "faster" if value > EQUAL else "no faster"
        return Judged(
            value, verdict, f"The score {verb} {faster} than along a straight line. {_lacking(case)}", details
        )
    below = (areas[1:] < own - EQUAL).double() + 0.5 * ((areas[1:] - own).abs() <= EQUAL).double()
    count = len(below)
    percentile = 100 * below.mean(dim=0)
    details["percentile"] = per_sample(percentile.where(valid, torch.nan))
    beaten = percentile[valid].median().item()
    # How often an order that knows nothing would come out so far ahead: it is itself one of count + 1.
    luck = (1 + count * (1 - beaten / 100)) / (count + 1)
    return Judged(
        value,
        "pass" if luck <= PASSES and value > 0 else "weak" if luck <= DOUBTFUL and value > 0 else "fail",
        f"The order is better than {beaten:.0f} % of {count} "
        + ("other orders" if case.coalitions is not None else "maps that know nothing of the score")
        + (f", but the score {verb} no faster than along a straight line." if value <= 0 else "."),
        details,
    )


def _extent(case: Case) -> tuple[int, int]:
    """Steps and rivals that the card's level affords; fewer steps rather than no rivals, which say more.

    Raises:
        Skip: it affords no curve.
    """
    size = case.probe.space.size
    if case.coalitions is not None:
        return size, RIVALS if size >= FEWEST_UNITS else 0
    choices = [min(steps, size) for steps in STEPS[case.level]]
    for count in (RIVALS, 0) if size >= FEWEST_UNITS else (0,):
        for steps in choices:
            if not case.too_many((count + 1) * (steps - 1)):
                return steps, count
    raise Skip(case.too_many(choices[-1] - 1))


def _lacking(case: Case) -> str:
    """Why there is no comparison with rivals."""
    size = case.probe.space.size
    if size < FEWEST_UNITS:
        return f"{size} units have too few orders to be compared with chance."
    return f"Left out is the comparison with maps that know nothing of the score. {case.too_many(RIVALS + 1)}"


def curves(case: Case, attributions: Iterable[Tensor], steps: int, direction: Direction) -> tuple[Tensor, Tensor]:
    """Scores along the order of each attribution, all of them as rows of the probe.

    Shape:
        attributions of ``(N, *space.shape)``, R of them -> shares of units done ``(T + 1,)``, scores ``(R, N, T + 1)``.
    """
    probe = case.probe
    size = probe.space.size
    counts = torch.linspace(0, size, steps + 1).round().int().tolist()
    rows = _rows(case, attributions, counts[1:-1], direction)
    if case.coalitions is not None:
        inner = _looked_up(case.coalitions, list(rows)).reshape(-1, steps - 1, len(probe.base)).movedim(1, 2)
        return _with_ends(case, torch.tensor(counts) / size, inner, direction)
    found = []
    while batch := list(islice(rows, probe.chunk)):
        found.append(probe.values(torch.stack(batch).float()).scores)
    inner = torch.cat(found).reshape(-1, steps - 1, len(probe.base)).movedim(1, 2)
    return _with_ends(case, torch.tensor(counts) / size, inner, direction)


def _looked_up(coalitions: Tensor, rows: list[Tensor]) -> Tensor:
    """The score of each row for each sample. Shape: rows of ``(N, n)`` -> ``(M, N)``."""
    kept = torch.stack(rows).long()
    numbers = (kept << torch.arange(kept.shape[-1]).to(kept)).sum(dim=-1)
    return coalitions.gather(0, numbers)


def _with_ends(case: Case, places: Tensor, inner: Tensor, direction: Direction) -> tuple[Tensor, Tensor]:
    """The curves with the scores of all units and of none, which they all share."""
    first, last = (case.probe.base, case.absent) if direction == "remove" else (case.absent, case.probe.base)
    ends = [end[None, :, None].expand(len(inner), -1, 1) for end in (first, last)]
    return places, torch.cat([ends[0], inner, ends[1]], dim=2)


def _rows(case: Case, attributions: Iterable[Tensor], counts: list[int], direction: Direction) -> Iterator[Tensor]:
    """What is kept at each step, ``(N, *space.shape)``; equal values come in an order that means nothing."""
    any_order = torch.randperm(case.probe.space.size, generator=torch.Generator().manual_seed(case.seed))
    for values in attributions:
        mixed = any_order.to(values.device)
        order = mixed[values.flatten(1)[:, mixed].argsort(dim=1, descending=True, stable=True)]
        place = torch.empty_like(order).scatter_(1, order, torch.arange(order.shape[1]).to(order).expand_as(order))
        place = place.reshape(values.shape)
        for count in counts:
            yield place >= count if direction == "remove" else place < count


def _areas(places: Tensor, scores: Tensor, direction: Direction) -> Tensor:
    """Signed area between curve and straight line, positive on the good side: ``(R, N, T + 1)`` -> ``(R, N)``."""
    places = places.to(scores.device)
    line = scores[..., :1] + (scores[..., -1:] - scores[..., :1]) * places
    gap = line - scores if direction == "remove" else scores - line
    return torch.trapezoid(gap, places)
