"""Metrics of one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gsx.pipeline.outputs import PassOutputs
from gsx.plugins import installed_catalog
from gsx.run.judges import Judges
from gsx.run.measurement import Measurement, Missing
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import MetricSpec

ONE_PAIR = Missing("skipped", "it is a figure over a set of results, which gsx bench makes")
"""What a metric of scope *set* has to say of a single pass."""


def measure(
    metrics: Sequence[Chosen[MetricSpec]], outputs: PassOutputs, judges: Judges | None = None
) -> list[dict[str, Any]]:
    """One JSON-ready record per metric; one that cannot be had here says ``skipped`` and why, or ``error``.

    Args:
        judges: for metrics that look through another extractor; new ones where not given.
    """
    judges = judges or Judges(installed_catalog(), outputs.content.device)
    single = [metric for metric in metrics if metric.spec.scope == "pair"]
    measured = Measurement(single, judges).pair(outputs)
    found: dict[str, dict[str, float] | Missing] = {**measured.figures, **measured.missing}
    return [_record(metric, found.get(metric.id, ONE_PAIR), judges) for metric in metrics]


def _record(chosen: Chosen[MetricSpec], found: dict[str, float] | Missing, judges: Judges) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": chosen.id,
        "name": chosen.name,
        "summary": chosen.spec.summary,
        "direction": chosen.spec.direction,
        "version": chosen.spec.version,
    }
    if isinstance(found, Missing):
        return {**record, found.kind: found.reason}
    section = chosen.spec.judge(chosen.options)
    return {**record, **({} if section is None else {"judge": judges.label(section)}), "values": found}
