"""Metrics of one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from gsx.errors import GsxError
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.chosen import Chosen
from gsx.specs.interfaces import Cancelled, Skip
from gsx.specs.kinds import MetricSpec


def measure(metrics: Sequence[Chosen[MetricSpec]], outputs: PassOutputs) -> list[dict[str, Any]]:
    """One JSON-ready record per metric; one that cannot be had here says ``skipped`` and why, or ``error``."""
    return [_measure_one(metric, outputs) for metric in metrics]


def _measure_one(chosen: Chosen[MetricSpec], outputs: PassOutputs) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": chosen.id,
        "name": chosen.name,
        "summary": chosen.spec.summary,
        "direction": chosen.spec.direction,
        "version": chosen.spec.version,
    }
    try:
        metric = chosen.spec.load()(chosen.options)
        with torch.no_grad():
            metric.update(outputs)
            values = {name: float(value) for name, value in metric.compute().items()}
    except Skip as reason:
        return {**record, "skipped": str(reason)}
    except GsxError as error:
        return {**record, "error": str(error)}
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's metric must not cost the picture
        return {**record, "error": f"{type(error).__name__}: {error}"}
    broken = [name for name, value in values.items() if not math.isfinite(value)]
    return {**record, "error": f"{broken[0]} is not finite"} if broken else {**record, "values": values}
