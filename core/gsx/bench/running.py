"""One cell, from its job to its folder: what a worker does."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from gsx.bench.clock import Clock
from gsx.bench.figures import Figures
from gsx.bench.passes import Passes
from gsx.bench.peak import Peak
from gsx.bench.training import trained
from gsx.errors import PluginError
from gsx.pipeline.build import BuiltPipeline, build_pipeline
from gsx.pipeline.device import pick_device
from gsx.pipeline.load import Loaded, load
from gsx.plugins import installed_catalog
from gsx.run.judges import Judges
from gsx.store.atomic import write_json
from gsx.store.environment import environment
from gsx.store.run_folder import staged


class CellRunner:
    """Runs one cell after the other; what they share is computed once.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``: where this worker computes.
    """

    def __init__(self, device: str) -> None:
        self.device = pick_device(device)
        self._passes = Passes(self.device)
        self._judges = Judges(installed_catalog(), self.device)
        self._environment = functools.cache(lambda plugins: environment(self.device, plugins))

    def run(self, job: Mapping[str, Any], out: Path) -> None:
        """Run one cell and write its folder, whole or not at all.

        Raises:
            GsxError: what keeps it from being done.
        """
        started, clock, peak = datetime.now(), Clock(), Peak(self.device)
        with staged(out) as stage:
            tables = job["recipe"]
            if job["train"] is not None:
                with clock("train"):
                    tables = trained(job, stage / "generator", self.device)
            with clock("load"):
                loaded = load(tables=tables)
                if job["control"] is not None:
                    loaded = _reading(loaded, job["layers"])
                pipeline = build_pipeline(loaded, device=self.device)
                _check_same(pipeline, job)
            with torch.no_grad():
                found = Figures(self._passes, self._judges, pipeline, job, stage, clock).all()
            with clock("write"):
                recipe = loaded.recipe
                plugins = frozenset(f"{item.distribution} {item.version}" for item in recipe.components())
                machine = self._environment(plugins)
                write_json(stage / "recipe.json", recipe.canonical())
                write_json(stage / "env.json", machine)
            times = [pair["seconds"] for pair in found["pairs"] if pair["seconds"] is not None]
            write_json(
                stage / "result.json",
                {
                    **job["record"],
                    "status": "done",
                    "reason": None,
                    "weights": {
                        section: {"id": file.id, "file": file.path.name, "sha256": file.sha256}
                        for section, file in pipeline.weights.items()
                    },
                    "notes": [] if job["control"] is not None else list(loaded.notes),  # of what makes its pictures
                    **found,
                    "cost": {
                        "seconds_per_pair": sum(times) / len(times) if times else None,
                        "peak_memory_mib": peak.mib(),
                    },
                    "seconds": {
                        **{name: round(value, 4) for name, value in clock.seconds.items()},
                        "total": round((datetime.now() - started).total_seconds(), 4),
                    },
                    "started": started.isoformat(timespec="milliseconds"),
                    "worker": {
                        "host": platform.node(),
                        "device": str(self.device),
                        "device_name": machine["device_name"],
                        "threads": torch.get_num_threads(),
                        "pid": os.getpid(),
                    },
                },
            )


def _reading(loaded: Loaded, layers: Sequence[str]) -> Loaded:
    """A control's recipe without the layers that only its generator would read: it makes nothing."""
    kept = tuple(layer for layer in loaded.plan.layers if layer in layers)
    return replace(loaded, plan=replace(loaded.plan, layers=kept))


def _check_same(pipeline: BuiltPipeline, job: Mapping[str, Any]) -> None:
    """Refuse a worker whose weights or plugins are of other versions than those the cell was planned with.

    Raises:
        PluginError: with both fingerprints.
    """
    here = pipeline.loaded.recipe.fingerprint(pipeline.weight_hashes())
    if job["control"] is None and job["train"] is None and here != job["fingerprint"]:
        raise PluginError(
            f"the worker on {platform.node()} has other weights or plugin versions than those this benchmark was "
            f"planned with: fingerprint {here[:16]}, planned {job['fingerprint'][:16]}.",
            hint="Install the same versions of GSX and its plugins on every worker.",
        )
