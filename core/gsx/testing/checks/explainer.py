"""Rules for explainers."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import torch

from gsx.contracts.explaining import GeneratorSide, check_explainer
from gsx.errors import ContractError
from gsx.specs.chosen import Chosen
from gsx.specs.explanation import Explanation
from gsx.specs.kinds import ExplainerSpec, ScoreSpec
from gsx.testing.checks.planted import finds_a_planted_signal
from gsx.testing.checks.probing import (
    CountingProbe,
    FailingScore,
    PlantedError,
    Scene,
    constant_score,
    default_score,
    explain_toys,
    named,
    probe_for,
    units_of,
)
from gsx.testing.compare import require, require_close, require_finite
from gsx.testing.subject import Subject
from gsx.testing.traces import untouched

ABLE = GeneratorSide("toy", frozenset({"differentiable", "terms"}), trained_discriminator=True)
"""A generator that stands in no explainer's way."""


def defaults_exist(subject: Subject) -> None:
    """Its default score and unit exist and go together, and the unit is one that it can explain in terms of."""
    spec = subject.spec
    assert isinstance(spec, ExplainerSpec)
    score, unit = named("score", spec.score), named("unit", spec.unit)
    assert isinstance(score, ScoreSpec)
    require(not spec.units or spec.unit in spec.units, f"its default unit {spec.unit!r} is not among its units")
    try:
        check_explainer(
            _chosen(spec, subject.options),
            _chosen(score, score.options()),
            _chosen(unit, unit.options()),
            ABLE,
            Subject(score).layout(),
            spec.baseline or score.baseline,
            mask=True,
        )
    except ContractError as refusal:
        raise AssertionError(f"its defaults do not go together: {refusal}") from refusal


def _chosen(spec: Any, options: Any) -> Chosen[Any]:
    return Chosen(spec, options, "its", "0", spec.name)


def well_formed_explanation(subject: Subject) -> None:
    """For every unit and batch size: signed maps ``(N, h, w)`` on a picture, or a row of values per unit, or null."""
    for unit in units_of(subject):
        for count in (1, 2):
            found = explain_toys(subject, subject.component(), unit, count)
            _require_explanation(found, count, f"over unit {unit.name!r} of {count} pictures")


def _require_explanation(found: Explanation, count: int, where: str) -> None:
    require(isinstance(found, Explanation), f"{where} it returns a {type(found).__name__}, not an Explanation")
    require(bool(found.maps or found.values or found.null), f"{where} it gives neither maps nor values nor null")
    for name, heat in found.maps.items():
        require(isinstance(heat.values, torch.Tensor), f"{where} map {name!r} is a {type(heat.values).__name__}")
        shape = tuple(heat.values.shape)
        fits = len(shape) == 3 and shape[0] == count
        require(fits, f"{where} map {name!r} has shape {shape}, expected ({count}, h, w)")
        require_finite(heat.values, f"{where} map {name!r}")
        require(not heat.values.requires_grad, f"{where} map {name!r} still carries a gradient")
        require(heat.on in ("content", "style", "stylized"), f"{where} map {name!r} lies on {heat.on!r}")
    require(len(found.values) in (0, count), f"{where} it gives values for {len(found.values)} samples")
    for row in found.values:
        units = [value.unit for value in row]
        require(len(set(units)) == len(units), f"{where} it names a unit twice")
        bad = [value.unit for value in row if not math.isfinite(value.score_change)]
        require(not bad, f"{where} the value of {', '.join(bad[:3])} is NaN or infinite")
    try:
        json.dumps(found.provenance)
    except TypeError as error:
        raise AssertionError(f"{where} its provenance cannot be written as JSON: {error}") from error


def leaves_nothing_behind(subject: Subject) -> None:
    """No hook, mode, parameter, gradient, random state or picture is changed, and the pipeline works as before."""
    for unit in units_of(subject):
        scene = Scene()
        before = scene.pipeline(scene.content, scene.style).stylized
        with untouched(scene.pipeline.modules, {"content": scene.content, "style": scene.style}):
            subject.component().explain(probe_for(subject, scene, unit))
        after = scene.pipeline(scene.content, scene.style).stylized
        require(torch.equal(before, after), "the pipeline stylises differently afterwards")


def leaves_nothing_behind_on_error(subject: Subject) -> None:
    """The same where the score raises in the middle; the error comes out, or the explainer had no more use for it."""
    for unit in units_of(subject):
        for good in (0, 1, 2, 3):
            scene, score = Scene(), FailingScore(default_score(subject), good)
            probe = probe_for(subject, scene, unit, score)
            pictures = {"content": scene.content, "style": scene.style}
            with contextlib.suppress(PlantedError), untouched(scene.pipeline.modules, pictures):
                subject.component().explain(probe)
                require(not score.failed, "the score raises an error, and the explainer keeps it to itself")


def batch_independent(subject: Subject) -> None:
    """A picture's maps and values are the same alone and in a batch."""
    for unit in units_of(subject):
        together = explain_toys(subject, subject.component(), unit, 2)
        scene = Scene()
        for index in range(2):
            one = Scene(1)
            one.content, one.style = scene.content[index : index + 1], scene.style[index : index + 1]
            alone = subject.component().explain(probe_for(subject, one, unit))
            for name, heat in together.maps.items():
                require_close(
                    heat.values[index : index + 1], alone.maps[name].values, f"map {name!r} in a batch and alone"
                )
            if together.values:
                require_close(
                    _changes(together, index), _changes(alone, 0), "values in a batch and alone", tolerance=1e-3
                )


def _changes(found: Explanation, index: int) -> torch.Tensor:
    return torch.tensor([value.score_change for value in found.values[index]])


def finds_nothing_in_a_constant(subject: Subject) -> None:
    """Of a score that never changes, it shows zeros or null, and no signal."""
    for unit in units_of(subject):
        found = subject.component().explain(probe_for(subject, Scene(), unit, constant_score))
        loud = [name for name, heat in found.maps.items() if bool(heat.values.any())]
        require(found.null or not loud, f"it shows signal in {', '.join(loud)} where the score is constant")
        worth = [value.unit for row in found.values for value in row if value.score_change]
        require(found.null or not worth, f"it gives {', '.join(worth[:3])} a value where the score is constant")


def declared_evaluations(subject: Subject) -> None:
    """It asks for no more rows of coefficients and gradients than its spec declares for the unit's size."""
    spec = subject.spec
    assert isinstance(spec, ExplainerSpec)
    for unit in units_of(subject):
        probe = CountingProbe(probe_for(subject, Scene(), unit))
        subject.component().explain(probe)
        declared = spec.evaluations(subject.options, probe.space.size)
        require(declared is not None, f"it declares no number of evaluations for a unit of size {probe.space.size}")
        assert declared is not None
        require(
            probe.evaluations <= declared,
            f"over unit {unit.name!r} of size {probe.space.size} it asks for {probe.evaluations} rows and gradients; "
            f"declared are {declared}",
        )
        unknown = spec.evaluations(subject.options, None)
        require(unknown is None or unknown >= 0, f"for a unit of unknown size it declares {unknown!r}")


CHECKS = (
    defaults_exist,
    well_formed_explanation,
    leaves_nothing_behind,
    leaves_nothing_behind_on_error,
    batch_independent,
    finds_nothing_in_a_constant,
    declared_evaluations,
    finds_a_planted_signal,
)
