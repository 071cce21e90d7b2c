"""Whether an explainer can reach from its unit to its score through the chosen generator."""

from __future__ import annotations

from dataclasses import dataclass

from gsx.errors import ContractError
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import Baseline, ExplainerSpec, ScoreSpec, Trait, UnitSpec
from gsx.specs.layout import FeatureLayout

MAX_GENERATOR_PASSES = 2_000
"""More network passes than this through an iterative generator are refused: at 256 px on two cores, a few minutes."""


MAKERS = {"fusion": "the fused maps", "generator": "the generator's inside"}
"""Components whose activations make the picture, whatever the role says; and what to call them."""


class MissingMaskError(ContractError):
    """An explanation that needs a region of the content, where the user marked none."""


@dataclass(frozen=True)
class GeneratorSide:
    """What an explanation has to know of the generator: its name, traits, passes per picture, and whether a trained
    discriminator comes with it."""

    name: str
    traits: frozenset[Trait]
    passes: int = 1
    trained_discriminator: bool = False


def check_explainer(
    explainer: Chosen[ExplainerSpec],
    score: Chosen[ScoreSpec] | None,
    unit: Chosen[UnitSpec],
    generator: GeneratorSide,
    layout: FeatureLayout,
    baseline: Baseline = "zero",
    *,
    mask: bool = False,
) -> None:
    """Refuse an explanation that cannot be had, saying what to try.

    Args:
        mask: whether the user marks a region of the content.

    Raises:
        MissingMaskError: explainer or score needs that region.
        ContractError: an unsuitable unit or score, a generator without terms to be asked about, a score without its
            discriminator or one that cannot notice the unit, a baseline that is the unit itself, no gradient, or too
            many passes.
    """
    entry = f"explainer {explainer.name!r}"
    _check_unit_suits(explainer, unit, layout)
    if score is not None and explainer.spec.scores and score.name not in explainer.spec.scores:
        raise ContractError(
            f"{entry} explains score {', '.join(explainer.spec.scores)}; the recipe asks for score {score.name!r}.",
            hint=f"Try --set explainer.{explainer.id}.score={explainer.spec.scores[0]}.",
        )
    if explainer.spec.method == "terms" and "terms" not in generator.traits:
        raise ContractError(
            f"{entry} asks which term moved what, and generator {generator.name!r} makes the picture without terms.",
            hint="Try --generator pixels, which says it exactly. For a trained generator compare twins that were "
            "trained with one term left out (gsx.compare_twins); the pressure maps of a training say where each "
            "term presses now, not what it shaped.",
        )
    if not mask:
        _check_needs_no_mask(explainer, score)
    if explainer.spec.method == "attention":
        return
    if score is not None and "discriminator" in score.spec.requires and not generator.trained_discriminator:
        raise ContractError(
            f"score {score.name!r} needs a trained discriminator, and the generator {generator.name!r} carries none.",
            hint="A random discriminator's opinion means nothing. Try --set "
            f"explainer.{explainer.id}.score=style-alignment, or a generator checkpoint with its discriminator.",
        )
    role, component = unit.spec.role(unit.options), unit.spec.component(unit.options)
    makes = component in MAKERS
    if role == "stylized" and not makes:
        _check_score_reads(explainer.id, score, unit, layout)
        return
    unit.spec.layers(unit.options, layout)  # refuses a level that the generator is not given
    if role == "content" and baseline == "content":
        raise ContractError(
            f"{entry} would replace unit {unit.name!r} of the content picture by the content itself.",
            hint=f"Try --set explainer.{explainer.id}.baseline=zero, or mean.",
        )
    source = MAKERS.get(component, f"call {role}" if isinstance(role, int) else f"the {role} picture")
    # "layer" and "channels" lie in the result's own maps where nobody says otherwise; then no generator runs.
    at_result = (
        f"unit={'channels' if 'channels' in explainer.spec.units else 'layer'}" if makes else "unit.role=stylized"
    )
    if explainer.spec.method == "gradient" and "differentiable" not in generator.traits:
        raise ContractError(
            f"{entry} needs a gradient from {source} to the score, and generator {generator.name!r} gives "
            "none: it finds the picture by optimisation.",
            hint=f"Try --set explainer.{explainer.id}.{at_result}, or --explainer ablation.",
        )
    if "iterative" in generator.traits:
        evaluations = explainer.spec.evaluations(explainer.options, unit.spec.size(unit.options, layout))
        passes = generator.passes
        if evaluations is None or evaluations * passes > MAX_GENERATOR_PASSES:
            many = f"{evaluations:,} times {passes} passes" if evaluations is not None else "once per position"
            raise ContractError(
                f"{entry} over unit {unit.name!r} of {source} would run generator {generator.name!r} "
                f"{many}; the limit is {MAX_GENERATOR_PASSES:,} passes.",
                hint=f"Try --set explainer.{explainer.id}.{at_result} (scored at the result directly), "
                f"--set explainer.{explainer.id}.unit={'components' if makes else 'layers'}, or a feed-forward "
                "generator.",
            )


def _check_needs_no_mask(explainer: Chosen[ExplainerSpec], score: Chosen[ScoreSpec] | None) -> None:
    for asked in (explainer, score):
        if asked is not None and asked.spec.masked(asked.options):
            raise MissingMaskError(
                f"{asked.spec.kind} {asked.name!r} asks for a region of the content, and no mask marks one.",
                hint="Give a grey picture of the content's size, white in the region: --set input.mask=FILE; in "
                "Python, gsx.explain(..., mask=...).",
            )


def _check_unit_suits(explainer: Chosen[ExplainerSpec], unit: Chosen[UnitSpec], layout: FeatureLayout) -> None:
    """Refuse a unit that the explainer has no use for, or that is too large for it."""
    entry, spec = f"explainer {explainer.name!r}", explainer.spec
    other = spec.unit if spec.unit != unit.name else "layers"
    if spec.units and unit.name not in spec.units:
        raise ContractError(
            f"{entry} explains in terms of {', '.join(spec.units)}; the recipe asks for unit {unit.name!r}.",
            hint=f"Try --set explainer.{explainer.id}.unit={spec.units[0]}.",
        )
    if spec.space != "any" and unit.spec.positions != (spec.space == "positions"):
        wanted, given = ("positions", "names") if spec.space == "positions" else ("named parts", "positions")
        raise ContractError(
            f"{entry} explains in terms of {wanted}; unit {unit.name!r} has {given}.",
            hint=f"Try --set explainer.{explainer.id}.unit={other}.",
        )
    most = spec.most(explainer.options)
    size = unit.spec.size(unit.options, layout) if most is not None else None
    if most is not None and size is not None and size > most:
        raise ContractError(
            f"{entry} takes a unit of at most {most} parts; unit {unit.name!r} has {size}.",
            hint=f"Try --set explainer.{explainer.id}.unit={other}, or --explainer ablation, which takes any number.",
        )


def _check_score_reads(
    entry: str, score: Chosen[ScoreSpec] | None, unit: Chosen[UnitSpec], layout: FeatureLayout
) -> None:
    """Refuse a score that cannot notice the unit: every explanation would be zero."""
    if score is None or unit.spec.pictures:
        return
    reads = score.spec.layers(score.options, layout)
    if not reads:
        raise ContractError(
            f"score {score.name!r} reads the stylised picture itself, and unit {unit.name!r} edits maps that are made "
            "from that picture, so the score cannot notice.",
            hint=f"Try --set explainer.{entry}.unit.role=style, with a generator that makes the picture in one pass.",
        )
    edits = unit.spec.layers(unit.options, layout)
    if any(layer not in layout for layer in edits):
        return  # a module within the extractor, whose readers only a pass tells
    if edits and not set(reads) & set(edits) and not unit.spec.inside(unit.options):
        raise ContractError(
            f"score {score.name!r} reads {', '.join(reads)} of the stylised picture, and unit {unit.name!r} edits "
            f"{', '.join(edits)}, which it does not read.",
            hint=f"Try --set explainer.{entry}.unit.layer={reads[-1]}.",
        )
