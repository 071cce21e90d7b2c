"""Distillation: one extractor learns to give another one's feature maps."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gsx.errors import RecipeError, StoreError
from gsx.store.run_folder import check_free
from gsx.training.checkpoint import Checkpoint, newest_checkpoint
from gsx.training.data import PictureStore, Split, split_pictures
from gsx.training.distilling.components import build_extractor, common_layout
from gsx.training.distilling.finish import finish
from gsx.training.distilling.job import Job
from gsx.training.distilling.loop import Training
from gsx.training.distilling.settings import RESUMABLE_CHANGES
from gsx.training.interrupt import stop_on_signal
from gsx.training.metrics import read_metrics


def distill(job: Job, *, resume: bool = False) -> dict[str, Any]:
    """Train, evaluate, and leave ``student.safetensors``, ``card.json``, ``card.md``, ``loss.svg``, ``metrics.jsonl``.

    With ``resume`` it goes on from the newest checkpoint in ``out`` (from the start where there is none); on one
    machine's CPU and number of threads the result is the same bit for bit as without the interruption.

    Returns:
        The contents of card.json.

    Raises:
        ContractError: the layouts differ. ImageError: no usable pictures. WeightsError: weights or checkpoint.
        RecipeError: ``resume`` with other settings. StoreError: ``out`` is taken, or cannot be written.
        DivergedError: the loss is no longer a number; checkpoints from before stay.
        InterruptedRun: stopped by Ctrl-C or SIGTERM, after a checkpoint was written.
    """
    layout = common_layout(job.teacher, job.student)
    checkpoint = newest_checkpoint(job.out) if resume else None
    if not resume:
        try:
            check_free(job.out)
        except StoreError as error:
            raise StoreError(error.message, hint="Go on with it: --resume. Or choose another --out.") from error
    teacher, file = build_extractor(job.teacher, job.device, seed=job.settings.seed, who="teacher")
    student, _ = build_extractor(job.student, job.device, seed=job.settings.seed, who="student")
    store = PictureStore(job.settings.cache_mib, job.settings.longest)
    split = split_pictures(
        job.folders,
        job.held_out,
        job.settings.held_out_share,
        store,
        lambda done, total: job.screen.step("reading pictures", done, total, {}),
    )
    identity = {
        "settings": job.settings.model_dump(mode="json"),
        "teacher": {**job.teacher.canonical(), "weights": file.sha256 if file else "random"},
        "student": job.student.canonical(),
        "pictures": _fingerprint(split),
    }
    training = Training(job, layout, teacher, student, store, split)
    if checkpoint is None:
        training.start()
    else:
        check_same(checkpoint, identity)
        lines, lost = read_metrics(job.out)
        if lost:
            job.screen.note(lost)
        training.take_up(checkpoint, lines)
    with stop_on_signal() as stop:
        training.run(stop, identity)
        return finish(training, stop, teacher_sha256=file.sha256 if file else None)


def check_same(checkpoint: Checkpoint, identity: dict[str, Any]) -> None:
    """Refuse to go on with other settings, components or pictures.

    Raises:
        RecipeError: names each difference.
    """
    stored = checkpoint.state
    differences = [
        f"{key}: begun with {stored['settings'].get(key)!r}, now {value!r}"
        for key, value in identity["settings"].items()
        if key not in RESUMABLE_CHANGES and stored["settings"].get(key) != value
    ]
    differences += [
        f"{part}.{key}: begun with {stored[part].get(key)!r}, now {value!r}"
        for part in ("teacher", "student")
        for key, value in json.loads(json.dumps(identity[part])).items()
        if stored[part].get(key) != value
    ]
    if stored["pictures"] != identity["pictures"]:
        differences.append("pictures: other files than it was begun with")
    if identity["settings"]["steps"] < checkpoint.step:
        differences.append(f"steps: {checkpoint.step} are done already, now {identity['settings']['steps']}")
    if differences:
        raise RecipeError(
            f"{checkpoint.path.parents[1]} cannot be taken up with other settings:\n  " + "\n  ".join(differences),
            hint="Give the same ones, or begin anew with another --out. --steps may grow or shrink.",
        )


def _fingerprint(split: Split) -> str:
    text = "\n".join([*(p.sha256 for p in split.train), "-", *(p.sha256 for p in split.held_out)])
    return hashlib.sha256(text.encode()).hexdigest()
