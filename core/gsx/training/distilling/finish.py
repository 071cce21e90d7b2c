"""The end of a distillation: export, measure what was exported, and write it all down."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsx.errors import InterruptedRun
from gsx.store.atomic import write_json, write_text, write_with
from gsx.store.environment import environment
from gsx.training.distilling.card import card_text
from gsx.training.distilling.components import exported, rebuilt
from gsx.training.distilling.curve import draw_curves
from gsx.training.distilling.regression import cosines, mean_agreement
from gsx.training.interrupt import StopRequest
from gsx.weights.files import save_weights

if TYPE_CHECKING:
    from gsx.training.distilling.loop import Training


def finish(training: Training, stop: StopRequest, *, teacher_sha256: str | None) -> dict[str, Any]:
    """Write ``student.safetensors``, ``loss.svg``, ``card.json`` and ``card.md``; returns the card.

    The cosines are those of the network built again from the exported tensors: what a user will run.

    Raises:
        StoreError: the disk is full. InterruptedRun: asked to stop before all was measured.
    """
    job, out = training.job, training.job.out
    training.student.eval()
    tensors, metadata = exported(training.student)
    write_with(out / "student.safetensors", lambda path: save_weights(path, tensors, metadata))
    write_with(out / "loss.svg", lambda path: draw_curves(training.lines, path))
    shipped = rebuilt(job.student, tensors, metadata).to(job.device)
    values: dict[str, list[dict[str, float]]] = {}
    for index, picture in enumerate(training.split.held_out):
        whole = training.whole(picture).to(job.device)
        values.setdefault(picture.folder, []).append(cosines(shipped, training.teacher, whole, training.layers))
        job.screen.step("evaluating", index + 1, len(training.split.held_out), {})
        if stop or job.screen.cancelled():
            raise InterruptedRun(
                f"Interrupted after the training, while measuring: {out} has a student but no card yet.",
                hint="Finish it with the same command and --resume.",
            )
    everything = [value for group in values.values() for value in group]
    same = [training.whole(picture).to(job.device) for picture in training.split.held_out[:8]]
    before = mean_agreement([cosines(training.student, training.teacher, image, training.layers) for image in same])
    after = mean_agreement([cosines(shipped, training.teacher, image, training.layers) for image in same])
    components = {f"{item.distribution} {item.version}": None for item in (job.teacher, job.student)}
    card: dict[str, Any] = {
        "kind": "extractor",
        "student": {
            **job.student.canonical(),
            "file": "student.safetensors",
            "sha256": _sha256(out / "student.safetensors"),
            "bytes": (out / "student.safetensors").stat().st_size,
            "dtypes": sorted({str(value.dtype).removeprefix("torch.") for value in tensors.values()}),
            "header": metadata,
        },
        "teacher": {**job.teacher.canonical(), "sha256": teacher_sha256},
        "cosine": {name: round(value, 4) for name, value in mean_agreement(everything).cosines.items()},
        "cosine_by_folder": {
            folder: {"pictures": len(group), **{k: round(v, 4) for k, v in mean_agreement(group).cosines.items()}}
            for folder, group in sorted(values.items())
        },
        "export_cost": {name: round(before.cosines[name] - after.cosines[name], 6) for name in training.layers},
        "data": {
            "folders": [folder.name for folder in job.folders],
            "train": len(training.split.train),
            "held_out": len(training.split.held_out),
            "held_out_rule": {"named": list(job.held_out), "share_by_hash": job.settings.held_out_share},
            "skipped": [{"file": item.path.name, "reason": item.reason} for item in training.split.skipped],
        },
        "settings": job.settings.model_dump(mode="json"),
        "steps": training.step,
        "seconds": round(training.seconds, 1),
        "command": job.command,
        "environment": environment(job.device, components),
    }
    write_json(out / "card.json", card)
    write_text(out / "card.md", card_text(card))
    return card


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
