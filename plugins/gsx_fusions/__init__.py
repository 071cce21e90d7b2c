"""Built-in fusions: by statistics, covariance or attention, the paper's weighted sum, and the content control."""

from collections.abc import Iterator, Mapping

from gsx.api import FeatureLayout, FusionSpec, hookimpl
from gsx_fusions.options import AdainOptions, AttentionOptions, WctOptions, WeightedSumOptions, weights_at


def _sources(options: WeightedSumOptions, level: str, layout: FeatureLayout) -> tuple[str, ...]:
    """The style layers that the weighted sum reads, and the level itself, where ``align = swap`` matches."""
    return tuple(layout.select({*weights_at(options, layout, level), level}, who="fusion 'weighted-sum'"))


def _weighted_strength(strength: float) -> Mapping[str, object]:
    return {"alpha": 1 - strength, "beta": strength}


@hookimpl
def gsx_fusions() -> Iterator[FusionSpec]:
    yield FusionSpec(
        name="adain",
        summary="adaptive instance normalisation: the content map with the style map's statistics",
        target="gsx_fusions.adain:Adain",
        options=AdainOptions,
        strength=lambda strength: {"alpha": strength},
        neutral=lambda options: True,
    )
    yield FusionSpec(
        name="wct",
        summary="whitening and colouring: the content map with the style map's means and covariance",
        target="gsx_fusions.wct:Wct",
        options=WctOptions,
        strength=lambda strength: {"alpha": strength},
        neutral=lambda options: True,
    )
    yield FusionSpec(
        name="attention",
        summary="each position with the statistics of the style's positions that look like it",
        target="gsx_fusions.attention:Attention",
        options=AttentionOptions,
        strength=lambda strength: {"alpha": strength},
    )
    yield FusionSpec(
        name="weighted-sum",
        summary="the paper's formula: alpha * F_c + beta * sum of w_l * F_s^l, over several style layers",
        target="gsx_fusions.weighted_sum:WeightedSum",
        options=WeightedSumOptions,
        strength=_weighted_strength,
        sources=_sources,
    )
    yield FusionSpec(
        name="content",
        summary="the content map unchanged: a control",
        target="gsx_fusions.content:Content",
        strength=lambda strength: {},
        neutral=lambda options: True,
    )
