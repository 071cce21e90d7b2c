"""Options of the built-in fusions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from gsx.api import Options


class AdainOptions(Options):
    """Options of ``adain``."""

    alpha: Annotated[float, Field(ge=0, le=1, description="0 = content untouched, 1 = the style's statistics")] = 1.0


class WctOptions(Options):
    """Options of ``wct``."""

    alpha: Annotated[float, Field(ge=0, le=1, description="0 = content untouched, 1 = the style's covariance")] = 1.0
    floor: Annotated[
        float,
        Field(
            gt=0, lt=1, description="least eigenvalue, as a share of the largest: keeps rounding from being blown up"
        ),
    ] = 1e-4


class AttentionOptions(Options):
    """Options of ``attention``."""

    alpha: Annotated[float, Field(ge=0, le=1, description="0 = content untouched, 1 = what it attends to")] = 1.0
    temperature: Annotated[
        float, Field(gt=0, le=10, description="of the softmax over cosines: small takes from few positions")
    ] = 0.05
    most: Annotated[
        int, Field(ge=1, le=16384, description="positions of the style to attend to; a larger map is averaged to that")
    ] = 1024


class WeightedSumOptions(Options):
    """Options of ``weighted-sum``; ``beta`` is 1 - alpha where not given."""

    alpha: Annotated[float, Field(ge=0, le=10, description="weight of the content map")] = 0.0
    beta: Annotated[float | None, Field(ge=0, le=10, description="weight of the style sum; 1 - alpha if not given")] = (
        None
    )
    weights: Annotated[
        dict[str, Annotated[float, Field(ge=0)]] | None,
        Field(description="style layer -> w_l; not given: 0.5, 0.3, 0.2 on the level and its two shallower neighbours"),
    ] = None
    align: Annotated[
        Literal["adain", "swap", "none"],
        Field(
            description="adain: the style's statistics on the content's structure; swap: real style vectors gathered "
            "onto the content's grid; none: the literal sum, which pastes the style picture's layout"
        ),
    ] = "adain"
    projection: Annotated[
        Literal["fitted", "orthonormal"],
        Field(description="how a layer's channels become the level's: a ridge map fitted once, or a random rotation"),
    ] = "fitted"
    seed: Annotated[int, Field(ge=0, description="seeds the orthonormal projection")] = 0


DEFAULT_WEIGHTS = (0.5, 0.3, 0.2)
"""w_l of the level itself, its shallower neighbour, and the one above; scaled to sum to 1 where there are fewer."""


def weights_at(options: WeightedSumOptions, layers: Iterable[str], level: str) -> dict[str, float]:
    """Style layer -> w_l for one level; ``layers`` are the names there are, shallow to deep."""
    if options.weights:
        return dict(options.weights)
    names = list(layers)
    up_to = names[: names.index(level) + 1][::-1][: len(DEFAULT_WEIGHTS)]
    total = sum(DEFAULT_WEIGHTS[: len(up_to)])
    return {name: weight / total for name, weight in zip(up_to, DEFAULT_WEIGHTS, strict=False)}
