"""Measurement: metrics over passes that come one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from gsx.errors import GsxError, MissingExtraError, WeightsError
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.run.judges import Judges, network_label
from gsx.specs.chosen import Chosen
from gsx.specs.interfaces import Cancelled, Skip
from gsx.specs.kinds import MetricSpec


@dataclass(frozen=True)
class Missing:
    """Why there is no figure: *skipped* where it cannot be had here, *error* where something failed."""

    kind: Literal["skipped", "error"]
    reason: str

    def __str__(self) -> str:
        return f"skipped, because {self.reason}" if self.kind == "skipped" else f"error: {self.reason}"


@dataclass
class Measured:
    """Metric id -> figure -> value, all finite; and metric id -> why there is none."""

    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)

    def _add(self, metric: str, found: dict[str, float] | Missing) -> None:
        if isinstance(found, Missing):
            self.missing[metric] = found
        else:
            self.figures[metric] = found


class Measurement:
    """Metrics over a set of passes: figures of each pair as it comes, and of the whole set afterwards.

    A metric of scope *pair* that fails for one pair is missing there only; one of scope *set* that failed once is
    missing, for its figure would be one of other pairs than it says.

    Args:
        metrics: as a recipe chose them.
        judges: the extractors of metrics that bring their own; share one object over several measurements.

    Example:
        >>> from gsx.plugins import installed_catalog
        >>> Measurement([], Judges(installed_catalog())).whole()
        Measured(figures={}, missing={})
    """

    def __init__(self, metrics: Sequence[Chosen[MetricSpec]], judges: Judges) -> None:
        self.judges = judges
        self._pair = [metric for metric in metrics if metric.spec.scope == "pair"]
        self._set = [metric for metric in metrics if metric.spec.scope == "set"]
        self._running: dict[str, Any] = {}
        self._failed: dict[str, Missing] = {}

    def pair(self, outputs: PassOutputs) -> Measured:
        """The figures of one pass; the set's metrics see it too.

        Raises:
            Cancelled: the user asked to stop.
        """
        views = _Views(self, outputs)
        measured = Measured()
        for chosen in self._pair:
            measured._add(chosen.id, _contained(lambda chosen=chosen: _once(chosen, views.of(chosen))))
        for chosen in self._set:
            if chosen.id not in self._failed:
                seen = _contained(lambda chosen=chosen: self._see(chosen, views.of(chosen)))
                if isinstance(seen, Missing):
                    self._failed[chosen.id] = seen
        return measured

    def whole(self) -> Measured:
        """The figures of all passes so far, by the metrics of scope *set*."""
        measured = Measured()
        for chosen in self._set:
            if chosen.id in self._failed:
                measured.missing[chosen.id] = self._failed[chosen.id]
            elif chosen.id not in self._running:
                measured.missing[chosen.id] = Missing("skipped", "there is no result")
            else:
                measured._add(chosen.id, _contained(lambda chosen=chosen: _figures(self._running[chosen.id])))
        return measured

    def _see(self, chosen: Chosen[MetricSpec], outputs: PassOutputs) -> dict[str, float]:
        if chosen.id not in self._running:
            self._running[chosen.id] = chosen.spec.load()(chosen.options)
        self._running[chosen.id].update(outputs)
        return {}


class _Views:
    """One pass as each metric is to see it; metrics of one judge share its maps."""

    def __init__(self, measurement: Measurement, outputs: PassOutputs) -> None:
        self.judges, self.outputs = measurement.judges, outputs
        self.metrics = [*measurement._pair, *measurement._set]
        self._seen: dict[str, PassOutputs] = {}

    def of(self, chosen: Chosen[MetricSpec]) -> PassOutputs:
        section = chosen.spec.judge(chosen.options)
        if section is None:
            return self.outputs
        try:
            layout = self.judges.get(section).layout
        except (MissingExtraError, WeightsError) as error:
            raise Skip(f"its judge cannot be had: {_sentence(error)}") from error
        # What this one asks for may be wrong; then it alone fails.
        layout.select(chosen.spec.layers(chosen.options, layout), who=f"metric {chosen.name!r}")
        key = json.dumps(dict(section), sort_keys=True, default=str)
        if key not in self._seen:
            self._seen[key] = self.judges.outputs(section, self.outputs, self._layers(section, layout))
        return self._seen[key]

    def _layers(self, section: Mapping[str, Any], layout: Any) -> list[str]:
        """What the metrics of one judge read, together."""
        wanted: set[str] = set()
        for metric in self.metrics:
            if metric.spec.judge(metric.options) == section:
                found = _contained(lambda metric=metric: metric.spec.layers(metric.options, layout))
                wanted |= set() if isinstance(found, Missing) else set(found)
        return [name for name in layout if name in wanted]


def preprocessing(metric: Chosen[MetricSpec], pipeline: BuiltPipeline, judges: Judges) -> str:
    """How a metric measures, such as ``vgg19 1c637d22, 256 px`` or ``vgg19 1c637d22, 256 px, statistic=gram``.

    Figures of another preprocessing are not to be compared: it names the network and the first eight digits of its
    weights' sha256 (see :func:`~gsx.run.judges.network_label`), the size of the pictures, every option of the metric
    that is not at its default, and the layers it reads where ``extractor.layers`` left it others than usual.
    """
    recipe = pipeline.loaded.recipe
    extractor = recipe.parts.extractor
    section = metric.spec.judge(metric.options)
    told: dict[str, Any] = _own_options(metric)
    if section is not None:
        through = judges.label(section)
    elif layers := metric.spec.layers(metric.options, pipeline.layout):
        through = (
            "each extractor's maps"
            if metric.spec.about_extractor
            else network_label(extractor, pipeline.weights.get("extractor"), recipe.run.seed)
        )
        whole = extractor.spec.layout(extractor.options)
        if layers != metric.spec.layers(metric.options, whole):
            told.setdefault("layers", list(layers))
    else:
        through = "pixels"
    return ", ".join([through, f"{recipe.run.size} px", *(f"{name}={value}" for name, value in told.items())])


def _own_options(metric: Chosen[MetricSpec]) -> dict[str, Any]:
    """The options that are not at their defaults, without those that only say which network judges."""
    given: dict[str, Any] = metric.options.model_dump(mode="json", exclude_defaults=True)
    section = metric.spec.judge(metric.options)
    if section is None:
        return given
    fields = type(metric.options).model_fields
    return {
        name: value
        for name, value in given.items()
        if metric.spec.judge(
            metric.options.model_copy(update={name: fields[name].get_default(call_default_factory=True)})
        )
        == section
    }


def _once(chosen: Chosen[MetricSpec], outputs: PassOutputs) -> dict[str, float]:
    metric = chosen.spec.load()(chosen.options)
    metric.update(outputs)
    return _figures(metric)


def _figures(metric: Any) -> dict[str, float]:
    values = {name: float(value) for name, value in metric.compute().items()}
    broken = [name for name, value in values.items() if not math.isfinite(value)]
    if broken:
        raise _NotFiniteError(f"{broken[0]} is not finite")
    return values


class _NotFiniteError(GsxError):
    """A figure that is no number."""


def _contained(work: Any) -> Any:
    """What ``work`` gives, or :class:`Missing` with the reason: a stranger's metric must not cost the picture."""
    try:
        with torch.no_grad():
            return work()
    except Skip as reason:
        return Missing("skipped", str(reason))
    except GsxError as error:
        return Missing("error", str(error))
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        return Missing("error", f"{type(error).__name__}: {error}")


def _sentence(error: GsxError) -> str:
    """An error with its hint, in one line."""
    return " ".join(" ".join(filter(None, (error.message, error.hint))).split())
