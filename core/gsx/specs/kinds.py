"""The spec of each component kind: one frozen record that says everything that can be known without torch.

A spec carries a name, a one-line summary, an options model, where the component lives
(``target="package.module:Class"``, imported only on use) and its static contract: plain functions of the options.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from gsx.errors import PluginError
from gsx.specs.layout import FeatureLayout
from gsx.specs.options import ExtractorOptions, Options

Role = Literal["content", "style", "stylized"]
"""Which picture an activation belongs to; one extractor sees all three."""


def needs_no_mask(options: Any) -> bool:
    """Of a component that looks at no region which the user marks."""
    return False


def no_layers(options: Any, layout: FeatureLayout) -> tuple[str, ...]:
    """The static contract of a component that reads no feature layer."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every component publishes.

    Args:
        name: what a recipe calls it; lower case, digits and hyphens.
        summary: one line for ``gsx plugins list``.
        target: ``"package.module:Class"``; the component's own file, imported on use only.
        options: its options model; every option needs a default.
    """

    kind: ClassVar[str] = ""
    name: str
    summary: str
    target: str
    options: type[Options] = Options

    def load(self) -> Any:
        """Import and return the component class.

        Raises:
            PluginError: if the module cannot be imported, whatever it raises, or lacks the attribute; the cause is
                chained.
        """
        module_name, _, attribute = self.target.partition(":")
        try:
            return getattr(importlib.import_module(module_name), attribute)
        except KeyboardInterrupt:
            raise  # the user's, and nobody else's
        except BaseException as error:
            raise PluginError(
                f"{self.kind} {self.name!r} could not be loaded from {self.target}: {type(error).__name__}: {error}",
                hint="Reinstall the plugin that offers it, or report this to its author.",
            ) from error


@dataclass(frozen=True, kw_only=True)
class ExtractorSpec(Spec):
    """An image -> FeatureMaps network.

    ``layout(options)`` lists its layers. ``weights`` maps an option value (``bundled``, ``imagenet``, ``package``) to
    an id in registry.toml. ``importer`` (``"module:function"``) turns a foreign state dict into ours for
    ``gsx weights import``: ``(state) -> (tensors, metadata)``, or None where it does not recognise it.
    ``local(options)``: each value of a map depends on a neighbourhood of the picture, and not on all of it, so that
    large pictures can be made by tiles.
    """

    kind: ClassVar[str] = "extractor"
    options: type[Options] = ExtractorOptions
    layout: Callable[[Any], FeatureLayout]
    weights: Mapping[str, str] = field(default_factory=dict)
    importer: str | None = None
    local: Callable[[Any], bool] = lambda options: True


def same_level(options: Any, level: str, layout: FeatureLayout) -> tuple[str, ...]:
    """The sources of a fusion that reads only the level it writes."""
    return (level,)


@dataclass(frozen=True, kw_only=True)
class FusionSpec(Spec):
    """(content maps, style maps) -> fused map, level by level.

    ``strength(s)`` maps the common strength in [0, 1] to this fusion's own options.
    ``sources(options, level, layout)`` names the style layers that it reads to fuse ``level``: none where it leaves
    that level to the content.
    ``neutral(options)``: a picture fused with itself as its style stays as it is, at every strength.
    """

    kind: ClassVar[str] = "fusion"
    strength: Callable[[float], Mapping[str, object]]
    neutral: Callable[[Any], bool] = lambda options: False
    sources: Callable[[Any, str, FeatureLayout], tuple[str, ...]] = same_level


Trait = Literal["differentiable", "iterative", "tileable", "global_norm", "terms"]


def one_pass(options: Any) -> int:
    """The cost of a feed-forward generator."""
    return 1


def any_size(options: Any, layout: FeatureLayout) -> int:
    """The size multiple of a generator that takes every size."""
    return 1


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec(Spec):
    """Fused maps -> image.

    ``levels(options, layout)`` chooses the fused levels it wants, or raises ContractError.
    ``reads(options, layout)`` names further layers whose raw maps it takes from the context.
    ``traits``: *differentiable* (gradients reach content and style), *iterative* (optimises; ``passes`` forward
    passes per picture), *tileable*, *global_norm* (every output pixel depends on the whole picture), *terms* (says what
    each of its terms moved).
    ``multiple(options, layout)``: picture sides must be multiples of it; the pipeline pads and crops back.
    ``trained``: meaningless without a checkpoint; ``checkpoints`` are those that come with it, ``package:path`` inside
    an installed package, the best first. ``sees_style``: reads the style besides through the fused maps.
    """

    kind: ClassVar[str] = "generator"
    levels: Callable[[Any, FeatureLayout], tuple[str, ...]]
    reads: Callable[[Any, FeatureLayout], tuple[str, ...]] = no_layers
    traits: frozenset[Trait] = frozenset({"differentiable"})
    passes: Callable[[Any], int] = one_pass
    multiple: Callable[[Any, FeatureLayout], int] = any_size
    trained: bool = True
    checkpoints: tuple[str, ...] = ()
    sees_style: Callable[[Any], bool] = lambda options: False


DiscriminatorTrait = Literal["batch_norm", "instance_norm", "spectral_norm", "multi_scale", "conditional"]


@dataclass(frozen=True, kw_only=True)
class DiscriminatorSpec(Spec):
    """Image -> raw logits.

    ``traits(options)`` names its norms, and *conditional* where it takes a style picture beside;
    ``logit_grids(options, (height, width))`` gives the ``(h, w)`` of each logit map, or raises
    ContractError where the picture is too small.
    """

    kind: ClassVar[str] = "discriminator"
    traits: Callable[[Any], frozenset[DiscriminatorTrait]]
    logit_grids: Callable[[Any, tuple[int, int]], tuple[tuple[int, int], ...]]


Baseline = Literal["content", "zero", "mean"]
"""What stands for a unit's absence: the content's (its own map, or its statistics), zeros, or the unit's mean."""

Requirement = Literal["discriminator", "gradient-to-inputs", "extractor"]
"""What a component needs around it: a trained discriminator, a pipeline differentiable from its inputs, maps."""


Occasion = Literal["content", "style", "flat", "discriminator", "generator"]


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """A term of the total: ``role="term"`` reads Outputs; ``role="adversarial"`` has a D side and a G side.

    ``layers(options, layout)``: the feature layers it reads. ``refuses``: discriminator traits it cannot bear.
    ``per_sample``: it returns one value per picture, so it is also the score ``loss:NAME``.
    ``closed_form(options)``: values that are known beforehand. Of a term: where the result is the picture named
    (``content``, ``style``, or ``flat``, all of one grey); of an adversarial loss: of its sides (``discriminator``,
    ``generator``) where every logit is 0.
    """

    kind: ClassVar[str] = "loss"
    role: Literal["term", "adversarial"] = "term"
    layers: Callable[[Any, FeatureLayout], tuple[str, ...]] = no_layers
    refuses: Mapping[DiscriminatorTrait, str] = field(default_factory=dict)
    requires: frozenset[Requirement] = frozenset()
    per_sample: bool = True
    closed_form: Callable[[Any], Mapping[Occasion, float]] = lambda options: {}


@dataclass(frozen=True, kw_only=True)
class ScoreSpec(Spec):
    """Outputs -> one scalar per sample: what is explained.

    ``higher`` says in words what a larger value means. ``baseline`` is what its 0 stands for, hence what an
    activation is compared with where neither recipe nor explainer says otherwise. ``scale`` is a large value of it,
    where it has a natural one: an explanation of next to nothing is then null, not stretched to look like something.
    ``masked(options)``: it needs the region that the user marks (``outputs.mask``).
    """

    kind: ClassVar[str] = "score"
    higher: str
    baseline: Baseline = "zero"
    scale: float | None = None
    layers: Callable[[Any, FeatureLayout], tuple[str, ...]] = no_layers
    requires: frozenset[Requirement] = frozenset()
    masked: Callable[[Any], bool] = needs_no_mask


@dataclass(frozen=True, kw_only=True)
class UnitSpec(Spec):
    """What a score is explained in terms of.

    ``role(options)``: which picture's pass it edits, or which call; editing *stylized* never makes the picture again.
    ``size(options, layout)``: how many coefficients it has, or None where that depends on the picture.
    ``inside(options)``: its edits reach deeper layers too (see :class:`gsx.api.Address`).
    ``pictures``: it edits the picture itself, which every score can notice.
    ``positions``: its coefficients are positions ``(h, w)``, without names.
    ``component(options)``: whose activations it edits; those of fusion and generator make the picture again.
    ``linear``: its edit is ``baseline + coefficient · (activation − baseline)``; one that changes statistics alone is
    not.
    """

    kind: ClassVar[str] = "unit"
    role: Callable[[Any], Role | int]
    size: Callable[[Any, FeatureLayout], int | None] = lambda options, layout: None
    inside: Callable[[Any], bool] = lambda options: False
    layers: Callable[[Any, FeatureLayout], tuple[str, ...]] = no_layers
    pictures: bool = False
    positions: bool = False
    component: Callable[[Any], str] = lambda options: "extractor"
    linear: bool = True


@dataclass(frozen=True, kw_only=True)
class ExplainerSpec(Spec):
    """``explain(probe) -> Explanation``.

    ``score`` and ``unit`` are its defaults; ``baseline`` too, or None for the score's own. ``method``: ``gradient``
    needs a differentiable path from unit to score; ``perturbation`` only evaluates the pipeline; ``attention`` only
    reads what the fusion attends to; ``terms`` asks the generator what each of its terms moved.
    ``evaluations(options, size)``: how many rows of coefficients and gradients it asks for at the most, for a unit of
    ``size``; where that depends on the picture, ``size`` is None, and so is the answer if it needs the size.
    ``units``: the only units that it explains in terms of; where empty, ``space`` says which: *any*, those of
    *positions*, or those with a *named* row for each coefficient. ``most(options)``: the largest size of unit that it
    takes, or None. ``scores`` are those that it can explain; empty: any. ``random``: it draws random numbers, so that
    another seed may find something else. ``masked(options)``: it needs the region that the user marks
    (``probe.mask``).
    """

    kind: ClassVar[str] = "explainer"
    score: str
    unit: str
    method: Literal["gradient", "perturbation", "attention", "terms"]
    units: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    baseline: Baseline | None = None
    random: bool = False
    evaluations: Callable[[Any, int | None], int | None] = lambda options, size: 1
    space: Literal["any", "named", "positions"] = "any"
    most: Callable[[Any], int | None] = lambda options: None
    masked: Callable[[Any], bool] = needs_no_mask


def own_extractor(options: Any) -> Mapping[str, Any] | None:
    """Of a metric that looks through the extractor of the pipeline itself, or at pixels alone."""
    return None


def no_fetched_weights(options: Any) -> str | None:
    """Of a metric that needs no weights besides those of an extractor."""
    return None


Scope = Literal["pair", "set"]
Direction = Literal["lower", "higher", "none"]


@dataclass(frozen=True, kw_only=True)
class MetricSpec(Spec):
    """A figure over one pair (``scope="pair"``) or over a set of results. ``version`` changes with its numbers.

    A metric of scope *set* sees every pair of a set, one ``update`` each; ``compute`` then gives one figure for all.

    ``judge(options)`` is the recipe section of another extractor, such as ``{"name": "vgg16", "weights": "random"}``,
    through whose maps content, style and result are to be looked at, so that the figure is the same whatever extractor
    made the picture; None: the pipeline's own. ``layers`` then chooses among the judge's layers, and ``update`` gets
    Outputs that hold its maps. Random weights of a judge follow a seed of the core's own, not the recipe's.

    ``weights(options)`` is the id of weights in registry.toml that it needs itself, such as ``lpips-alex``, or None: a
    benchmark's cells that went without are measured again once they are there.

    ``about_extractor``: the figure describes the extractor and is comparable between extractors, so that a benchmark
    puts them into one column. Any other that looks through the pipeline's extractor is another figure for each.
    """

    kind: ClassVar[str] = "metric"
    scope: Scope = "pair"
    direction: Direction = "none"
    version: int = 1
    layers: Callable[[Any, FeatureLayout], tuple[str, ...]] = no_layers
    judge: Callable[[Any], Mapping[str, Any] | None] = own_extractor
    weights: Callable[[Any], str | None] = no_fetched_weights
    about_extractor: bool = False


@dataclass(frozen=True, kw_only=True)
class ExecutorSpec(Spec):
    """Where a benchmark's cells run."""

    kind: ClassVar[str] = "executor"


@dataclass(frozen=True, kw_only=True)
class TrackerSpec(Spec):
    """Where a training's numbers go besides metrics.jsonl; ``train.trackers`` names it.

    A recipe sets none of its options: they are at their defaults.
    """

    kind: ClassVar[str] = "tracker"


SPEC_TYPES: dict[str, type[Spec]] = {
    spec.kind: spec
    for spec in (
        ExtractorSpec,
        FusionSpec,
        GeneratorSpec,
        DiscriminatorSpec,
        LossSpec,
        ScoreSpec,
        UnitSpec,
        ExplainerSpec,
        MetricSpec,
        ExecutorSpec,
        TrackerSpec,
    )
}
"""Kind -> spec type; the hook of a kind is ``gsx_<kind>s``."""
