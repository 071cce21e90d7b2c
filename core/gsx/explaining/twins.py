"""Twins: what a trained generator makes, and what it makes trained without one term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from gsx.errors import ContractError
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.plugins import installed_catalog
from gsx.recipe.resolve import resolve_score
from gsx.specs.explanation import Explanation, HeatMap, UnitValue

VISIBLE = 1 / 512
"""Half a level of 8 bits: pictures that differ by less are the same, as files go."""


def compare_twins(
    whole: Pipeline,
    without: Mapping[str, Pipeline],
    content: Tensor,
    style: Tensor,
    *,
    score: str | Mapping[str, Any] | Callable[[PassOutputs], Tensor] = "style-alignment",
) -> Explanation:
    """Which term of a training shaped which part of a picture: compare it with those of trainings that lacked one.

    The map of a term is ⟨result − twin's result, D⟩ / |D| at each pixel, where D = result − content, colours being
    vectors of three: how much farther the pixel went with the term than without, in the direction that it went, in
    units of [0, 1]; negative where the term held it back; zero where the pixel did not move. Maps need not add up.

    Twins are trained apart, so that chance sets them apart as well. A further twin, with every term and another seed,
    shows how much that is: give it as one more entry, such as ``{"chance": pipeline}``.

    Args:
        whole: with the generator that was trained with every term.
        without: by term, the same pipeline with a generator that was trained without it.
        content, style: images ``(N, 3, H, W)`` in [0, 1].
        score: what the terms are also compared by: a name, ``"style@relu3_1"``, a table, or ``Outputs -> (N,)``.

    Returns:
        A map on the stylised picture for each term, and its worth: the score and the picture's mean absolute
        difference, as is against without.

    Raises:
        ContractError: no twin, or one whose generator gets other maps. RecipeError: an unknown score.

    Example:
        >>> found = gsx.compare_twins(whole, {"gram": without_gram}, content, style)  # doctest: +SKIP
    """
    if not without:
        raise ContractError(
            "there is no twin to compare with.",
            hint='Train one with a term\'s weight at 0, and give {"term": pipeline}.',
        )
    judge, higher = _judge(score)
    with torch.no_grad():
        made = whole(content, style)
        others = {term: twin(content, style) for term, twin in without.items()}
        for term, other in others.items():
            _check_same_maps(made, other, term)
        base = judge(made)
        worth = {term: base - judge(other) for term, other in others.items()}
    differences = {term: made.stylized - other.stylized for term, other in others.items()}
    provenance: dict[str, object] = {"score": base.tolist()}
    largest = max(difference.abs().max().item() for difference in differences.values())
    if largest < VISIBLE:
        return Explanation(
            null=True,
            null_reason=f"The twins' pictures differ by {largest:.2g} at most, less than a picture file can show: no "
            "term shaped anything here.",
            provenance=provenance,
        )
    way = made.stylized - made.content
    length = torch.linalg.vector_norm(way, dim=1, keepdim=True)
    # A pixel that did not move has no direction: its zero is divided by anything.
    direction = way / length.clamp_min(torch.finfo(way.dtype).tiny)
    rows = tuple(
        tuple(
            UnitValue(term, worth[term][sample].item(), differences[term][sample].abs().mean().item())
            for term in without
        )
        for sample in range(len(base))
    )
    return Explanation(
        maps={
            term: HeatMap((difference * direction).sum(dim=1), "stylized", f"farther with {term} than without")
            for term, difference in differences.items()
        },
        values=rows,
        notes=(
            f"Positive values: the score is larger with the term than in a training without it (a larger score means: "
            f"{higher}). Positive in a map: the pixel went farther from the content. Twins differ by chance as well, "
            "and terms need not add up.",
        ),
        provenance=provenance,
    )


def _judge(
    score: str | Mapping[str, Any] | Callable[[PassOutputs], Tensor],
) -> tuple[Callable[[PassOutputs], Tensor], str]:
    """The score, and what a larger one means."""
    if callable(score):
        return score, "larger score"
    chosen = resolve_score(score, installed_catalog())
    return chosen.spec.load()(chosen.options), chosen.spec.higher


def _check_same_maps(made: PassOutputs, other: PassOutputs, term: str) -> None:
    same = made.fused.keys() == other.fused.keys() and all(
        torch.equal(value, other.fused[level]) for level, value in made.fused.items()
    )
    if not same:
        raise ContractError(
            f"the twin without {term} gets other fused maps, so more than a term of the training differs.",
            hint="Twins need the same extractor and weights, the same fusion and the same levels.",
        )
