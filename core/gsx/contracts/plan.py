"""Level negotiation: from the chosen components to the layers that the extractor is asked for, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gsx.contracts.explaining import GeneratorSide, check_explainer
from gsx.errors import ContractError
from gsx.specs.chosen import Chosen
from gsx.specs.explanation import CardLevel
from gsx.specs.kinds import (
    Baseline,
    DiscriminatorSpec,
    ExplainerSpec,
    ExtractorSpec,
    FusionSpec,
    GeneratorSpec,
    LossSpec,
    MetricSpec,
    ScoreSpec,
    UnitSpec,
)
from gsx.specs.layout import FeatureLayout


@dataclass(frozen=True)
class ExplainerPart:
    """One explanation that was asked for: how, of what, in terms of what, against which baseline, how well proved."""

    explainer: Chosen[ExplainerSpec]
    score: Chosen[ScoreSpec]
    unit: Chosen[UnitSpec]
    baseline: Baseline = "content"
    card: CardLevel = "quick"

    @property
    def id(self) -> str:
        return self.explainer.id


@dataclass(frozen=True)
class Parts:
    """The components of one pipeline, as a recipe resolved them."""

    extractor: Chosen[ExtractorSpec]
    fusion: Chosen[FusionSpec]
    generator: Chosen[GeneratorSpec]
    discriminator: Chosen[DiscriminatorSpec] | None = None
    adversarial: Chosen[LossSpec] | None = None
    losses: tuple[Chosen[LossSpec], ...] = ()
    explainers: tuple[ExplainerPart, ...] = ()
    metrics: tuple[Chosen[MetricSpec], ...] = ()


@dataclass(frozen=True)
class Plan:
    """What the negotiation settled.

    Args:
        layout: the extractor's layers, restricted to ``extractor.layers`` where the recipe does.
        levels: the fused levels that the generator gets, shallow to deep.
        layers: every layer that anything reads, shallow to deep: what the extractor is asked for.
        readers: layer -> who reads it, for the shape table.
        multiple: the pipeline pads picture sides to a multiple of this, and crops back.
    """

    layout: FeatureLayout
    levels: tuple[str, ...]
    layers: tuple[str, ...]
    readers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    multiple: int = 1


def make_plan(parts: Parts, *, trained_discriminator: bool = False, mask: bool = False) -> Plan:
    """Ask every component what it needs and settle the layers.

    Args:
        trained_discriminator: whether a discriminator with trained weights is at hand (scores may need one).
        mask: whether the user marks a region of the content (scores and explainers may need that too).

    Raises:
        ContractError: a combination that cannot work: what was needed, what was given, what to try.
    """
    options = parts.extractor.options
    layout = parts.extractor.spec.layout(options)
    restriction = getattr(options, "layers", None)
    if restriction is not None:
        layout = layout.select(restriction, who="extractor.layers")

    readers: dict[str, list[str]] = {}

    def read(who: str, names: tuple[str, ...]) -> None:
        for name in layout.select(names, who=who) if names else ():
            readers.setdefault(name, []).append(who)

    generator = parts.generator
    levels = tuple(layout.select(generator.spec.levels(generator.options, layout), who=_who(generator)))
    for level in levels:
        read(f"{_who(parts.fusion)} (content)", (level,))
        read(f"{_who(parts.fusion)} (style)", parts.fusion.spec.sources(parts.fusion.options, level, layout))
    read(_who(generator), tuple(generator.spec.reads(generator.options, layout)))
    # A metric with a judge of its own reads the judge's layers, not these.
    metrics = [metric for metric in parts.metrics if metric.spec.judge(metric.options) is None]
    others: list[Chosen[Any]] = [*parts.losses, *metrics]
    for other in others:
        read(_who(other), tuple(other.spec.layers(other.options, layout)))
    side = GeneratorSide(
        generator.name, generator.spec.traits, generator.spec.passes(generator.options), trained_discriminator
    )
    with_levels = layout.with_levels(levels)
    for part in parts.explainers:
        read(_who(part.score), tuple(part.score.spec.layers(part.score.options, layout)))
        read(_who(part.unit), tuple(part.unit.spec.layers(part.unit.options, with_levels)))
        check_explainer(part.explainer, part.score, part.unit, side, with_levels, part.baseline, mask=mask)
    _check_adversarial(parts.adversarial, parts.discriminator)

    return Plan(
        layout=with_levels,
        levels=levels,
        layers=tuple(name for name in layout if name in readers),
        readers={name: tuple(dict.fromkeys(who)) for name, who in readers.items()},
        multiple=generator.spec.multiple(generator.options, layout),
    )


def _who(component: Chosen[Any]) -> str:
    return f"{component.spec.kind} {component.name!r}"


def _check_adversarial(adversarial: Chosen[LossSpec] | None, discriminator: Chosen[DiscriminatorSpec] | None) -> None:
    if adversarial is None or discriminator is None:
        return
    traits = discriminator.spec.traits(discriminator.options)
    for trait, reason in adversarial.spec.refuses.items():
        if trait in traits:
            raise ContractError(
                f"loss {adversarial.name!r} refuses a discriminator with {trait.replace('_', ' ')}, and "
                f"discriminator {discriminator.name!r} has it: {reason}",
                hint="Try --set discriminator.norm=none, or another loss such as --loss hinge.",
            )
