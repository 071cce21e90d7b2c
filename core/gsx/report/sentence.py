"""One plain sentence per explanation: what it found, of which score, against which baseline.

A share in percent is given only of values that add up and all have one sign: where they cancel, or where each is of
another comparison, no share means anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from gsx.report.formats import figure, percent

NINTHS = (
    "upper left", "upper middle", "upper right", "left", "centre", "right", "lower left", "lower middle", "lower right",
)  # fmt: skip
"""The cells of a three by three grid over a picture, row by row."""

_GATHERED = 2 / 9
"""A share of a ninth from which on a map counts as gathered there: twice what an even map has."""

_HARDLY = 0.02
"""A share of a map's magnitude below which one sign is not worth a clause."""


_ROUNDING = 1e-6
"""Of the largest value: what differences of float32 scores leave where nothing happened."""


def values_sentence(values: Sequence[tuple[str, float]], score: str, baseline: str, *, additive: bool) -> str:
    """What the units are worth, in one sentence; "" where there are none.

    Args:
        values: unit and change of the score, in its own units; positive where the unit raises the score.
        score, baseline: their names.
        additive: the values are meant to add up to the score's gain over the baseline.

    Example:
        >>> values_sentence([("relu3_1", 0.61), ("relu1_1", 0.39)], "style", "content", additive=True)
        "Of the style score's gain over the content baseline, relu3_1 carries 61 %, and relu1_1 39 %."
    """
    if not values:
        return ""
    least = _ROUNDING * max(abs(change) for _, change in values)
    ranked = sorted(
        ((unit, change if abs(change) > least else 0.0) for unit, change in values), key=lambda pair: -abs(pair[1])
    )
    over = f"the {baseline or 'unrecorded'} baseline"
    (unit, largest), total = ranked[0], sum(abs(change) for _, change in ranked)
    if not largest:
        return f"Against {over}, no unit changes the {score} score."
    up = largest > 0
    verb, opposite = ("raises", "lowers") if up else ("lowers", "raises")
    if len(ranked) == 1:
        return f"Against {over}, {unit} {verb} the {score} score by {figure(abs(largest))}."
    against = next((pair for pair in ranked if pair[1] and (pair[1] > 0) != up), None)
    if against:
        return (
            f"Against {over}, {unit} {verb} the {score} score the most, by {figure(abs(largest))}, and {against[0]} "
            f"{opposite} it the most, by {figure(abs(against[1]))}."
        )
    second = ranked[1]
    if not additive:
        then = f", then {second[0]}, by {figure(abs(second[1]))}" if second[1] else ", and no other unit changes it"
        most = f"{unit} {verb} the {score} score the most, by {figure(abs(largest))}"
        return f"Against {over}, one unit at a time, {most}{then}."
    whole = f"the {score} score's {'gain over' if up else 'loss against'} {over}"
    then = f", and {second[0]} {percent(abs(second[1]) / total)}" if second[1] else ""
    return f"Of {whole}, {unit} carries {percent(abs(largest) / total)}{then}."


def map_sentence(
    positive: Sequence[float],
    negative: Sequence[float],
    on: str,
    score: str,
    baseline: str,
    *,
    says: tuple[str, str] | None = None,
) -> str:
    """Where a signed map lies, the larger side first, in one sentence; "" where it is zero everywhere.

    Args:
        positive, negative: magnitudes of each sign in each of the :data:`NINTHS`.
        on: which picture it lies on.
        baseline: "" where nothing is compared with one.
        says: what positive and negative values say of a place, where they are not about the score.

    Example:
        >>> map_sentence([0, 0, 3, 0, 0, 0, 0, 0, 1], [0] * 9, "style picture", "style", "zero")
        'On the style picture, 75 % of what raises the style score lies in the upper right (against the zero baseline).'
    """
    mass = sum(positive) + sum(negative)
    sides = [(positive, "raises"), (negative, "lowers")]
    if says is not None:
        sides = [(positive, says[0]), (negative, says[1])]
    named, clauses = f"the {score} score", []
    for side, does in sorted(sides, key=lambda pair: -sum(pair[0])):
        if does and sum(side) > _HARDLY * mass:
            clauses.append(_where(side, does if says is not None else f"{does} {named}"))
            named = "it"
    against = f" (against the {baseline} baseline)" if baseline else ""
    return f"On the {on}, {'; '.join(clauses)}{against}." if clauses else ""


def _where(side: Sequence[float], does: str) -> str:
    largest = max(side)
    share = largest / sum(side)
    if share >= _GATHERED:
        return f"{percent(share)} of what {does} lies in the {NINTHS[list(side).index(largest)]}"
    return f"what {does} is spread out: no ninth of the picture holds more than {percent(share)} of it"
