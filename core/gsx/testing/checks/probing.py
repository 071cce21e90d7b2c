"""Probes over the toy pipeline, for units and explainers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from gsx.errors import GsxError
from gsx.explaining.probe import PipelineProbe
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.plugins import installed_catalog
from gsx.specs.explanation import Explanation
from gsx.specs.interfaces import Activation, Evaluation, Probe
from gsx.specs.kinds import ExplainerSpec, Role, ScoreSpec, Spec, UnitSpec
from gsx.testing.isolated import isolated_catalog
from gsx.testing.pictures import picture
from gsx.testing.pipeline import toy_pipeline
from gsx.testing.subject import Subject

Score = Callable[[PassOutputs], Tensor]


@dataclass
class Scene:
    """A toy pipeline and one of its passes, to be explained."""

    count: int = 2
    pipeline: Pipeline = field(default_factory=toy_pipeline)

    def __post_init__(self) -> None:
        self.content, self.style = picture(self.count, seed=1), picture(self.count, seed=2)
        self.mask: Tensor | None = torch.zeros_like(self.content[:1, :1])
        self.mask[..., :20, :20] = 1

    def probe(self, score: Score, unit: Any, role: Role | int) -> PipelineProbe:
        """A probe; its baseline is zero where the content's own pass is edited."""
        with torch.no_grad():
            outputs = self.pipeline(self.content, self.style)
        outputs.mask = self.mask
        return PipelineProbe(
            self.pipeline, outputs, score, unit, higher="larger", baseline="zero" if role == "content" else "content"
        )


def unit_probe(unit: Any, role: Role | int) -> PipelineProbe:
    """A probe with that unit over a scene of two levels, of a score that every layer of the result has a say in."""
    return Scene(2, toy_pipeline(levels=("pool1", "pool4"))).probe(_every_layer, unit, role)


def _every_layer(outputs: PassOutputs) -> Tensor:
    return torch.stack([value.mean((1, 2, 3)) for value in outputs.stylized_maps.values()]).sum(0)


def named(kind: str, name: str) -> Spec:
    """A component that an explainer names: a toy, or one that is installed.

    Raises:
        AssertionError: there is none.
    """
    try:
        return isolated_catalog("gsx.testing.toy").find(kind, name).spec  # type: ignore[no-any-return]
    except GsxError:
        try:
            return installed_catalog().find(kind, name).spec  # type: ignore[no-any-return]
        except GsxError as error:
            raise AssertionError(f"its spec names {kind} {name!r}: {error}") from error


def units_of(subject: Subject) -> list[UnitSpec]:
    """The units that an explainer is tried with: those it lists, else its default."""
    spec = subject.spec
    assert isinstance(spec, ExplainerSpec)
    found = [named("unit", name) for name in spec.units or (spec.unit,)]
    return [unit for unit in found if isinstance(unit, UnitSpec)]


def default_score(subject: Subject) -> Score:
    """The score that an explainer explains where nobody says otherwise."""
    assert isinstance(subject.spec, ExplainerSpec)
    spec = named("score", subject.spec.score)
    score: Score = spec.load()(spec.options())
    return score


def probe_for(subject: Subject, scene: Scene, unit: UnitSpec, score: Score | None = None) -> PipelineProbe:
    """A probe of a scene with one of the explainer's units."""
    options = unit.options()
    if not _asks_for_a_region(subject):
        scene.mask = None
    return scene.probe(score or default_score(subject), unit.load()(options), unit.role(options))


def _asks_for_a_region(subject: Subject) -> bool:
    """Whether the explainer, or the score that it explains, says that the user has to mark a region."""
    assert isinstance(subject.spec, ExplainerSpec)
    score = named("score", subject.spec.score)
    assert isinstance(score, ScoreSpec)
    return subject.spec.masked(subject.options) or score.masked(score.options())


def explain_toys(subject: Subject, explainer: Any, unit: UnitSpec | None = None, count: int = 2) -> Explanation:
    """What an explainer says of a toy scene."""
    explanation: Explanation = explainer.explain(probe_for(subject, Scene(count), unit or units_of(subject)[0]))
    return explanation


class CountingProbe:
    """A probe that counts the rows of coefficients and the gradients asked of it."""

    def __init__(self, inner: Probe) -> None:
        self.inner, self.evaluations = inner, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def values(self, coefficients: Tensor) -> Evaluation:
        """Counted."""
        self.evaluations += len(coefficients)
        return self.inner.values(coefficients)

    def gradient(self, coefficients: Tensor | None = None) -> Tensor:
        """Counted."""
        self.evaluations += 1
        return self.inner.gradient(coefficients)

    def activations(self, at: Sequence[Tensor] | None = None) -> Sequence[Activation]:
        """Counted."""
        self.evaluations += 1
        return self.inner.activations(at)


class PlantedError(Exception):
    """Raised by :class:`FailingScore`."""


class FailingScore:
    """A score that works ``good`` times, then raises."""

    def __init__(self, score: Score, good: int) -> None:
        self.score, self.left, self.failed = score, good, False

    def __call__(self, outputs: PassOutputs) -> Tensor:
        self.left -= 1
        if self.left < 0:
            self.failed = True
            raise PlantedError("planted by the conformance suite")
        return self.score(outputs)


def constant_score(outputs: PassOutputs) -> Tensor:
    """The same for every picture: there is nothing to explain."""
    return torch.zeros(len(outputs.stylized))
