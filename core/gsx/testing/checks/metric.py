"""Rules for metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gsx.pipeline.outputs import PassOutputs
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import MetricSpec
from gsx.testing.checks import reading
from gsx.testing.compare import require, require_close
from gsx.testing.outputs import SIZE, sample
from gsx.testing.pictures import noise, picture
from gsx.testing.subject import Subject


def _spec(subject: Subject) -> MetricSpec:
    assert isinstance(subject.spec, MetricSpec)
    return subject.spec


def _measured(subject: Subject, *records: PassOutputs) -> dict[str, float]:
    metric: Any = subject.fresh()
    for record in records:
        metric.update(record)
    figures: dict[str, float] = metric.compute()
    return figures


def finite_figures(subject: Subject) -> None:
    """It gives at least one figure, each a finite float under a name."""
    figures = _measured(subject, reading.outputs_for(subject, reading.metric_pictures(subject.spec)))
    require(isinstance(figures, dict) and bool(figures), f"compute() gives {figures!r}")
    for name, value in figures.items():
        require(isinstance(value, float), f"{name} is a {type(value).__name__}, expected a float")
        require(math.isfinite(value), f"{name} is {value}")


def declared_layers(subject: Subject) -> None:
    """It reads the layers that its spec declares, and no other."""

    def figures(outputs: PassOutputs) -> dict[str, Tensor]:
        return {name: torch.tensor(value) for name, value in _measured(subject, outputs).items()}

    reading.require_only_declared(subject, figures, reading.metric_pictures(subject.spec))


def batches_add_up(subject: Subject) -> None:
    """Pictures seen one by one give the figures that they give in one batch, whatever another metric was shown."""
    count = reading.metric_pictures(subject.spec)
    outputs = reading.outputs_for(subject, count)
    together = _measured(subject, outputs)
    subject.fresh().update(reading.outputs_for(subject, stylized=noise(2, SIZE)))  # what it keeps is its own
    singles = _measured(subject, *(sample(outputs, index, subject.layout()) for index in range(count)))
    require(list(together) == list(singles), f"{', '.join(together)} became {', '.join(singles)}")
    for name, value in together.items():
        require_close(torch.tensor(value), torch.tensor(singles[name]), f"{name} from a batch and one by one")


def declared_direction(subject: Subject) -> None:
    """Where content, style and result are one picture, its figures are better than where the result is noise."""
    direction = _spec(subject).direction
    if direction == "none":
        raise Skip("it declares no direction")
    count = reading.metric_pictures(subject.spec)
    clean = picture(count, SIZE, seed=1)
    best = _measured(subject, reading.outputs_for(subject, content=clean, style=clean, stylized=clean))
    worst = _measured(subject, reading.outputs_for(subject, content=clean, style=clean, stylized=noise(count, SIZE)))
    # The ends of an interval say how sure a figure is, not how good.
    ends = {"low", "high"} if "mean" in best else set()
    common = [name for name in best if name in worst and name not in ends]
    require(bool(common), "it gives no figure for both")
    for name in common:
        gain = worst[name] - best[name] if direction == "lower" else best[name] - worst[name]
        shown = f"{name} is {best[name]:.4g} for the same picture and {worst[name]:.4g} for noise"
        require(gain > 0, f"declared is {direction!r}, and {shown}")


def declared_judge(subject: Subject) -> None:
    """Its judge, where it has one, is the recipe section of an extractor: a name and options that JSON can hold."""
    section = _spec(subject).judge(subject.options)
    if section is None:
        raise Skip("it looks through the pipeline's own extractor, or at pixels")
    require(isinstance(section, Mapping), f"judge() gives {section!r}, expected a mapping")
    require(isinstance(section.get("name"), str), f"judge() gives {dict(section)!r}, which has no name")
    try:
        json.dumps(dict(section))
    except TypeError as error:
        raise AssertionError(f"judge() gives {dict(section)!r}: {error}") from error


CHECKS = (finite_figures, declared_layers, batches_add_up, declared_direction, declared_judge)
