"""The toy plugin: one component of each kind, small enough to work out its answers in the head. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from gsx.api import (
    DiscriminatorSpec,
    ExplainerSpec,
    ExtractorOptions,
    ExtractorSpec,
    FeatureLayout,
    FusionSpec,
    GeneratorSpec,
    Layer,
    LossSpec,
    MetricSpec,
    Options,
    ScoreSpec,
    TrackerSpec,
    UnitSpec,
    hookimpl,
)


def toy_layout(strides: Sequence[int], names: Sequence[str] | None = None) -> FeatureLayout:
    """Layers ``pool<stride>``, or of these names; the first has 3 channels, each next one more."""
    names = names or [f"pool{stride}" for stride in strides]
    return FeatureLayout(
        Layer(name, 3 + index, stride) for index, (name, stride) in enumerate(zip(names, strides, strict=True))
    )


TOY_LAYOUT = toy_layout((1, 2, 4, 8, 16))


class ToyExtractorOptions(ExtractorOptions):
    """Options of ``toy-pools``."""

    weights: Annotated[str, Field(description="random, or a .safetensors file")] = "random"
    strides: Annotated[tuple[int, ...], Field(min_length=1, description="one layer for each")] = (1, 2, 4, 8, 16)


class ToyFusionOptions(Options):
    """Options of ``toy-mean``."""

    alpha: Annotated[float, Field(ge=0, le=1, description="0 = content, 1 = the style's means")] = 1.0


def _shallowest(options: object, layout: FeatureLayout) -> tuple[str, ...]:
    return (next(iter(layout)),)


@hookimpl
def gsx_extractors() -> Iterator[ExtractorSpec]:
    """Offer ``toy-pools``."""
    yield ExtractorSpec(
        name="toy-pools",
        summary="the picture averaged over squares of 1 to 16 px, and mixes of its colours",
        target="gsx.testing.toy.extractor:ToyExtractor",
        options=ToyExtractorOptions,
        layout=lambda options: toy_layout(options.strides),
    )


@hookimpl
def gsx_fusions() -> Iterator[FusionSpec]:
    """Offer ``toy-mean``."""
    yield FusionSpec(
        name="toy-mean",
        summary="moves each channel's mean to the style's",
        target="gsx.testing.toy.fusion:ToyFusion",
        options=ToyFusionOptions,
        strength=lambda strength: {"alpha": strength},
        neutral=lambda options: True,
    )


@hookimpl
def gsx_generators() -> Iterator[GeneratorSpec]:
    """Offer ``toy-copy``."""
    yield GeneratorSpec(
        name="toy-copy",
        summary="the first three channels of the shallowest fused map, enlarged",
        target="gsx.testing.toy.generator:ToyGenerator",
        levels=_shallowest,
        trained=False,
        traits=frozenset({"differentiable", "tileable"}),
        multiple=lambda options, layout: next(iter(layout.values())).stride,
    )


@hookimpl
def gsx_discriminators() -> Iterator[DiscriminatorSpec]:
    """Offer ``toy-judge``."""
    yield DiscriminatorSpec(
        name="toy-judge",
        summary="one linear logit for each 4 by 4 pixels",
        target="gsx.testing.toy.discriminator:ToyDiscriminator",
        traits=lambda options: frozenset(),
        logit_grids=lambda options, size: ((size[0] // 4, size[1] // 4),),
    )


@hookimpl
def gsx_losses() -> Iterator[LossSpec]:
    """Offer ``toy-colour`` and ``toy-critic``."""
    yield LossSpec(
        name="toy-colour",
        summary="squared difference of the mean colours of result and style",
        target="gsx.testing.toy.loss:ToyLoss",
        layers=_shallowest,
        closed_form=lambda options: {"style": 0.0},
    )
    yield LossSpec(
        name="toy-critic",
        summary="difference of mean logits",
        role="adversarial",
        per_sample=False,
        target="gsx.testing.toy.adversarial:ToyAdversarial",
        closed_form=lambda options: {"discriminator": 0.0, "generator": 0.0},
    )


@hookimpl
def gsx_scores() -> Iterator[ScoreSpec]:
    """Offer ``toy-brightness``."""
    yield ScoreSpec(
        name="toy-brightness",
        summary="mean of the result's colours",
        higher="brighter",
        target="gsx.testing.toy.score:ToyScore",
        layers=_shallowest,
    )


@hookimpl
def gsx_units() -> Iterator[UnitSpec]:
    """Offer ``toy-channels``."""
    yield UnitSpec(
        name="toy-channels",
        summary="the channels of the shallowest map",
        target="gsx.testing.toy.unit:ToyUnit",
        role=lambda options: "stylized",
        layers=_shallowest,
        size=lambda options, layout: next(iter(layout.values())).channels,
    )


@hookimpl
def gsx_explainers() -> Iterator[ExplainerSpec]:
    """Offer ``toy-gradient``."""
    yield ExplainerSpec(
        name="toy-gradient",
        summary="gradient times activation, by position and by unit",
        target="gsx.testing.toy.explainer:ToyExplainer",
        score="toy-brightness",
        unit="toy-channels",
        method="gradient",
        evaluations=lambda options, size: 2,
    )


@hookimpl
def gsx_metrics() -> Iterator[MetricSpec]:
    """Offer ``toy-difference``."""
    yield MetricSpec(
        name="toy-difference",
        summary="mean absolute difference of result and content",
        target="gsx.testing.toy.metric:ToyMetric",
        direction="lower",
    )


@hookimpl
def gsx_trackers() -> Iterator[TrackerSpec]:
    """Offer ``toy-diary``."""
    yield TrackerSpec(
        name="toy-diary",
        summary="a line of JSON for each step",
        target="gsx.testing.toy.tracker:ToyTracker",
    )
