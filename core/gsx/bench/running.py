"""One cell, from its job to its folder: what a worker does."""

from __future__ import annotations

import functools
import json
import os
import platform
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gsx.bench.features import Features
from gsx.bench.peak import Peak
from gsx.bench.training import trained
from gsx.errors import DivergedError, ImageError, PluginError
from gsx.images import decode, resize_longer, save_png
from gsx.images.resize import pad_to_multiple
from gsx.pipeline.build import BuiltPipeline, build_pipeline
from gsx.pipeline.device import pick_device
from gsx.pipeline.load import load
from gsx.pipeline.outputs import PassOutputs
from gsx.run.explaining import write_explanation
from gsx.run.measure import measure
from gsx.specs.kinds import Role
from gsx.store.atomic import write_json
from gsx.store.environment import environment
from gsx.store.run_folder import staged
from gsx.weights.status import sha256


class CellRunner:
    """Runs one cell after the other; what they share is computed once.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` …: where this worker computes.
    """

    def __init__(self, device: str) -> None:
        self.device = pick_device(device)
        self._features = Features()
        self._picture = functools.lru_cache(maxsize=256)(_read_picture)

    def run(self, job: Mapping[str, Any], out: Path) -> None:
        """Run one cell and write its folder, whole or not at all.

        Raises:
            GsxError: what keeps it from being done.
        """
        started, clock = time.time(), _Clock()
        peak = Peak(self.device)
        with torch.no_grad(), staged(out) as stage:
            tables = job["recipe"]
            if job["train"] is not None:
                with clock("train"), torch.enable_grad():
                    tables = trained(job, stage / "generator", self.device)
            with clock("load"):
                loaded = load(tables=tables)
                pipeline = build_pipeline(loaded, device=self.device)
                _check_same(pipeline, job)
            figures = _Figures(self, pipeline, job, stage, clock)
            pairs = [figures.of(pair) for pair in job["pairs"]]
            clock.seconds["total"] = time.time() - started
            write_json(stage / "recipe.json", loaded.recipe.canonical())
            components = (f"{item.distribution} {item.version}" for item in loaded.recipe.components())
            env = environment(self.device, components)
            write_json(stage / "env.json", env)
            times = [pair["seconds"] for pair in pairs if pair["seconds"] is not None]
            result = {
                **job["record"],
                "status": "done",
                "reason": None,
                "weights": {
                    section: {"id": file.id, "file": file.path.name, "sha256": file.sha256}
                    for section, file in pipeline.weights.items()
                },
                "notes": list(loaded.notes),
                "metrics": figures.described,
                "pairs": pairs,
                "set": {},
                "set_missing": {},
                "cost": {
                    "seconds_per_pair": sum(times) / len(times) if times else None,
                    "peak_memory_mib": peak.mib(),
                },
                "seconds": {name: round(value, 4) for name, value in clock.seconds.items()},
                "started": datetime.fromtimestamp(started).isoformat(timespec="milliseconds"),
                "worker": {
                    "host": platform.node(),
                    "device": str(self.device),
                    "device_name": env["device_name"],
                    "threads": torch.get_num_threads(),
                    "pid": os.getpid(),
                },
            }
            write_json(stage / "result.json", result)

    def picture(self, file: str, digest: str, size: int) -> Tensor:
        """A picture as it is used, ``(1, 3, H, W)`` in [0, 1].

        Raises:
            ImageError: it cannot be read, or is no longer what it was when the benchmark was planned.
        """
        return self._picture(file, digest, size)

    def passed(
        self, pipeline: BuiltPipeline, job: Mapping[str, Any], pair: Mapping[str, str]
    ) -> tuple[PassOutputs, float | None]:
        """The pass of one pair, and its seconds; those of features found in the cache count as when they were made."""
        size = job["size"]
        content = self.picture(pair["content_file"], pair["content_sha256"], size).to(self.device)
        style = self.picture(pair["style_file"], pair["style_sha256"], size).to(self.device)
        padded, _ = pad_to_multiple(content, pipeline.multiple)
        extractor = json.dumps([job["recipe"]["extractor"], pipeline.weight_hashes().get("extractor", pipeline.seed)])
        layers = job["layers"]
        roles: tuple[Role, Role] = ("content", "style")
        seen = [
            self._features.of(
                pipeline, extractor, image, f"{pair[f'{role}_sha256']} {tuple(image.shape)}", layers, role
            )
            for image, role in zip((padded, style), roles, strict=True)
        ]
        maps = [{layer: one.maps[layer] for layer in pipeline.layers} for one in seen]
        if job["control"] is not None:
            return _control(pipeline, job["control"], content, style, maps[1]), None
        started = time.perf_counter()
        outputs = pipeline.stylize(content, style, maps[1], maps[0])
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        seconds = time.perf_counter() - started + sum(one.seconds for one in seen)
        if not torch.isfinite(outputs.stylized).all():
            raise DivergedError(f"the picture of {pair['label']} holds NaN or infinite numbers.")
        return outputs, seconds


class _Figures:
    """Measures and explains the pairs of one cell."""

    def __init__(
        self, runner: CellRunner, pipeline: BuiltPipeline, job: Mapping[str, Any], stage: Path, clock: _Clock
    ) -> None:
        self._runner, self._pipeline, self._job, self._stage, self._clock = runner, pipeline, job, stage, clock
        self.described: list[dict[str, Any]] = []

    def of(self, pair: Mapping[str, str]) -> dict[str, Any]:
        """The record of one pair; writes its picture and its explanations."""
        with self._clock("stylise"):
            outputs, seconds = self._runner.passed(self._pipeline, self._job, pair)
        place = self._stage / "pairs" / pair["label"]
        place.mkdir(parents=True)
        with self._clock("metrics"):
            records = measure(self._pipeline.loaded.recipe.parts.metrics, outputs)
        if not self.described:
            self.described = [
                {key: record[key] for key in ("id", "name", "summary", "direction", "version")} for record in records
            ]
        with self._clock("explain"):
            explanations = [] if self._job["control"] else self._explain(pair, outputs, place)
        with self._clock("write"):
            save_png(outputs.stylized, place / "stylized.png")
        return {
            "label": pair["label"],
            "content": pair["content"],
            "style": pair["style"],
            "picture": f"pairs/{pair['label']}/stylized.png",
            "seconds": seconds,
            "figures": {record["id"]: record["values"] for record in records if "values" in record},
            "missing": {
                record["id"]: f"skipped, because {record['skipped']}" if "skipped" in record else record["error"]
                for record in records
                if "values" not in record
            },
            "explanations": explanations,
        }

    def _explain(self, pair: Mapping[str, str], outputs: PassOutputs, place: Path) -> list[dict[str, Any]]:
        other = self._other_style(pair)
        return [
            _explanation(
                write_explanation(place, self._pipeline, outputs, part, other, lambda name: lambda done, total: None),
                part.id,
                f"pairs/{pair['label']}",
            )
            for part in self._pipeline.loaded.recipe.parts.explainers
        ]

    def _other_style(self, pair: Mapping[str, str]) -> tuple[str, Tensor] | None:
        """The next style of the benchmark, for contrasts; None where there is one only."""
        styles = {one["style"]: one for one in self._job["pairs"]}
        names = list(styles)
        if len(names) < 2:
            return None
        other = styles[names[(names.index(pair["style"]) + 1) % len(names)]]
        return other["style"], self._runner.picture(other["style_file"], other["style_sha256"], self._job["size"])


class _Clock:
    """Seconds by stage; calling it gives a context that adds to one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str) -> _Stage:
        return _Stage(self.seconds, stage)


class _Stage:
    def __init__(self, seconds: dict[str, float], stage: str) -> None:
        self._seconds, self._stage = seconds, stage

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + time.perf_counter() - self._started


def _control(
    pipeline: BuiltPipeline, control: str, content: Tensor, style: Tensor, style_maps: dict[str, Tensor]
) -> PassOutputs:
    """The record of a pass that gives the content untouched, or the style itself at the content's size."""
    made = content
    if control == "style":
        size = (content.shape[-2], content.shape[-1])
        made = torch.nn.functional.interpolate(style, size, mode="bilinear", antialias=True).clamp(0, 1)
    content_maps = pipeline.extract(content, pipeline.layers)
    return pipeline.outputs(content, style, made.clone(), content_maps, style_maps, {})


def _explanation(record: Mapping[str, Any], name: str, folder: str) -> dict[str, Any]:
    """What result.json says of one explanation; its folder holds the rest."""
    pictures = [one["picture"] for one in record.get("maps", ())]
    return {
        "id": name,
        "folder": f"{folder}/{record['folder']}",
        "explainer": record["explainer"]["name"],
        "score": record["score"]["name"],
        "unit": record["unit"]["name"],
        "status": record["status"],
        "null": record["null"],
        "error": record.get("error"),
        "seconds": record["seconds"],
        "evaluations": record.get("provenance", {}).get("evaluations"),
        "card": {
            check["name"]: {"value": check["value"], "verdict": check["verdict"]} for check in record.get("card", ())
        },
        "picture": pictures[0] if pictures else None,
    }


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


def _read_picture(file: str, digest: str, size: int) -> Tensor:
    path = Path(file)
    image = resize_longer(decode(path).image, size)
    if sha256(path) != digest:
        raise ImageError(f"{path} is no longer the picture that it was.", hint="Start the benchmark again.")
    return image
