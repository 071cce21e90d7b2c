"""The hooks that a plugin package may implement: one per component kind, and the life cycle.

A plugin package names one torch-free module in the entry-point group ``gsx.plugins``. That module defines any of
these functions, marked with ``gsx.api.hookimpl``; each kind's hook yields specs of that kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from gsx.specs.kinds import (
    DiscriminatorSpec,
    ExecutorSpec,
    ExplainerSpec,
    ExtractorSpec,
    FusionSpec,
    GeneratorSpec,
    LossSpec,
    MetricSpec,
    ScoreSpec,
    TrackerSpec,
    UnitSpec,
)

PROJECT = "gsx"
ENTRY_POINT_GROUP = "gsx.plugins"
COMMAND_GROUP = "gsx.commands"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def gsx_extractors() -> Iterable[ExtractorSpec]:  # type: ignore[empty-body]
    """Offer feature extractors.

    Example:
        >>> @hookimpl
        ... def gsx_extractors():
        ...     yield ExtractorSpec(
        ...         name="tiny",
        ...         summary="one convolution",
        ...         target="my_package.tiny:Tiny",
        ...         layout=lambda options: FeatureLayout([Layer("relu", 8, 1)]),
        ...     )
    """


@hookspec
def gsx_fusions() -> Iterable[FusionSpec]:  # type: ignore[empty-body]
    """Offer fusions.

    Example:
        >>> @hookimpl
        ... def gsx_fusions():
        ...     yield FusionSpec(
        ...         name="mean",
        ...         summary="average",
        ...         target="my_package.mean:Mean",
        ...         strength=lambda s: {"alpha": s},
        ...     )
    """


@hookspec
def gsx_generators() -> Iterable[GeneratorSpec]:  # type: ignore[empty-body]
    """Offer generators.

    Example:
        >>> @hookimpl
        ... def gsx_generators():
        ...     yield GeneratorSpec(
        ...         name="tiny",
        ...         summary="one layer up",
        ...         target="my_package.tiny:Tiny",
        ...         levels=lambda options, layout: (layout.deepest.name,),
        ...     )
    """


@hookspec
def gsx_discriminators() -> Iterable[DiscriminatorSpec]:  # type: ignore[empty-body]
    """Offer discriminators.

    Example:
        >>> @hookimpl
        ... def gsx_discriminators():
        ...     yield DiscriminatorSpec(
        ...         name="tiny",
        ...         summary="one layer",
        ...         target="my_package.tiny:TinyD",
        ...         traits=lambda options: frozenset(),
        ...         logit_grids=lambda options, size: (size,),
        ...     )
    """


@hookspec
def gsx_losses() -> Iterable[LossSpec]:  # type: ignore[empty-body]
    """Offer losses: terms of the total, or adversarial ones.

    Example:
        >>> @hookimpl
        ... def gsx_losses():
        ...     yield LossSpec(name="darkness", summary="mean of 1 - image", target="my_package.dark:Darkness")
    """


@hookspec
def gsx_scores() -> Iterable[ScoreSpec]:  # type: ignore[empty-body]
    """Offer scores: what is explained.

    Example:
        >>> @hookimpl
        ... def gsx_scores():
        ...     yield ScoreSpec(name="red", summary="mean red", target="my_package.red:Red", higher="redder")
    """


@hookspec
def gsx_units() -> Iterable[UnitSpec]:  # type: ignore[empty-body]
    """Offer units: what a score is explained in terms of.

    Example:
        >>> @hookimpl
        ... def gsx_units():
        ...     yield UnitSpec(
        ...         name="rows",
        ...         summary="rows of a map",
        ...         target="my_package.rows:Rows",
        ...         role=lambda options: "stylized",
        ...     )
    """


@hookspec
def gsx_explainers() -> Iterable[ExplainerSpec]:  # type: ignore[empty-body]
    """Offer explainers.

    Example:
        >>> @hookimpl
        ... def gsx_explainers():
        ...     yield ExplainerSpec(
        ...         name="saliency",
        ...         summary="|gradient|",
        ...         target="my_package.saliency:Saliency",
        ...         score="style-alignment",
        ...         unit="layer",
        ...         method="gradient",
        ...     )
    """


@hookspec
def gsx_metrics() -> Iterable[MetricSpec]:  # type: ignore[empty-body]
    """Offer metrics.

    Example:
        >>> @hookimpl
        ... def gsx_metrics():
        ...     yield MetricSpec(
        ...         name="psnr",
        ...         summary="signal to noise",
        ...         target="my_package.psnr:Psnr",
        ...         direction="higher",
        ...     )
    """


@hookspec
def gsx_executors() -> Iterable[ExecutorSpec]:  # type: ignore[empty-body]
    """Offer executors: where a benchmark's cells run.

    Example:
        >>> @hookimpl
        ... def gsx_executors():
        ...     yield ExecutorSpec(name="here", summary="one after another", target="my_package.here:Here")
    """


@hookspec
def gsx_trackers() -> Iterable[TrackerSpec]:  # type: ignore[empty-body]
    """Offer trackers: where a training's numbers go besides metrics.jsonl.

    ``train.trackers=["console"]`` then starts ``Console(options, folder, recipe)``, gives it numbers by ``log(numbers,
    step)`` and ends with ``finish()``: see :class:`gsx.api.Tracker`. A name that a plugin offers goes before
    accelerate's.

    Example:
        >>> @hookimpl
        ... def gsx_trackers():
        ...     yield TrackerSpec(name="console", summary="prints", target="my_package.console:Console")
    """


@hookspec
def gsx_run_start(folder: str, recipe: Mapping[str, Any]) -> None:
    """Called when a run or a training begins, with its folder and its resolved recipe.

    A training that is taken up again begins again.

    Example:
        >>> @hookimpl
        ... def gsx_run_start(folder, recipe):
        ...     print(f"running {recipe['generator']['name']} into {folder}")
    """


@hookspec
def gsx_step_end(step: int, values: Mapping[str, float]) -> None:
    """Called after each step of an optimisation or training, with its numbers by name.

    A training's are ``loss``, its terms' sum, and each term; a step that had to be skipped is not told.

    Example:
        >>> @hookimpl
        ... def gsx_step_end(step, values):
        ...     print(step, values["loss"])
    """


@hookspec
def gsx_run_end(folder: str, result: Mapping[str, Any]) -> None:
    """Called when a run or a training has ended, with its folder and the contents of result.json.

    Of a training that is done these are the contents of card.json, with ``status``; of one that was ``interrupted``,
    has ``collapsed`` or ``diverged`` they are ``status``, ``steps`` and ``plugin_problems``.

    Example:
        >>> @hookimpl
        ... def gsx_run_end(folder, result):
        ...     print(result["status"])
    """


KIND_HOOKS: dict[str, str] = {
    "extractor": "gsx_extractors",
    "fusion": "gsx_fusions",
    "generator": "gsx_generators",
    "discriminator": "gsx_discriminators",
    "loss": "gsx_losses",
    "score": "gsx_scores",
    "unit": "gsx_units",
    "explainer": "gsx_explainers",
    "metric": "gsx_metrics",
    "executor": "gsx_executors",
    "tracker": "gsx_trackers",
}
"""Component kind -> the hook that offers it."""
