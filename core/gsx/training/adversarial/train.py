"""train: a generator learns to decode fused maps, judged by losses and by a discriminator that learns beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from torch.nn.modules.batchnorm import _BatchNorm

from gsx.errors import ContractError, ImageError, RecipeError, StoreError
from gsx.store.atomic import store_error, write_json
from gsx.store.environment import environment
from gsx.store.run_folder import check_free
from gsx.training.adversarial.finish import finish
from gsx.training.adversarial.identity import check_same, recipe_identity, versions_of
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.listeners import Listeners
from gsx.training.adversarial.networks import Networks, build_networks
from gsx.training.adversarial.pictures import Domain, fingerprint, read_domains
from gsx.training.adversarial.trainer import Trainer
from gsx.training.checkpoint import newest_checkpoint
from gsx.training.interrupt import stop_on_signal
from gsx.training.launcher import check_precision
from gsx.training.metrics import METRICS_FILE, read_metrics
from gsx.training.trackers import Trackers, find_trackers

LOCK = ".training.lock"


def train(job: TrainJob, *, resume: bool = False) -> dict[str, Any]:
    """Train, and leave ``generator.safetensors``, ``card.json``, ``metrics.jsonl``, ``sheets/`` and ``checkpoints/``.

    With ``resume`` it goes on from the newest checkpoint in ``out`` (from step 0 where there is none); on one
    machine's CPU and number of threads the result is the same bit for bit as without the interruption.

    Returns:
        The contents of card.json; {} in all but the main one of several processes.

    Raises:
        ContractError: components that do not fit, or batch norm in several processes. ImageError: no usable pictures.
        WeightsError: weights or checkpoint. RecipeError: ``resume`` with another recipe (what differs is named), a
        batch that the processes cannot share evenly, another precision than the launcher's, or an unknown tracker.
        PluginError: a component failed, or a tracker did, which is raised when everything else is done. StoreError:
        ``out`` is taken, in use by another training, or cannot be written. DivergedError: numbers stay NaN or infinite.
        CollapsedError: a gauge is past its bound, and the job says to stop then. InterruptedRun: stopped by
        Ctrl-C, SIGTERM or a plugin, after a checkpoint was written.
    """
    main, section = job.processes.main, job.loaded.recipe.train
    _check_shares(section.batch, job.processes.count)
    check_precision(section.precision)
    find_trackers(section.trackers)  # in every process, so that none waits for one that refuses
    if main and not resume:
        try:
            check_free(job.out)
        except StoreError as error:
            hint = "Choose another --out."
            if job.out.is_dir() and (job.out / "recipe.json").exists():
                hint = f"Go on with it: --resume. Or {hint[0].lower()}{hint[1:]}"
            raise StoreError(error.message, hint=hint) from error
    job.folder("content"), job.folder("style")  # refused before anything is made
    with _alone(job.out) if main else contextlib.nullcontext(), stop_on_signal() as stop:
        job.processes.wait()
        checkpoint = newest_checkpoint(job.out) if resume else None
        if main and resume and checkpoint is None:
            _check_begun(job.out)
            job.screen.note(f"{job.out} has no checkpoint yet, so the training begins at step 0.")
        recipe = job.loaded.recipe
        networks = build_networks(recipe, job.loaded.plan, job.device, job.loaded.checkpoint)
        if job.processes.count > 1:
            _check_no_batch_norm(networks)
        content, style = read_domains(job, stop)
        _check_styles(job, networks, style)
        identity = {
            "recipe": recipe_identity(job, networks),
            "versions": versions_of(recipe),
            "pictures": fingerprint(content, style),
        }
        if checkpoint is not None:
            for change in check_same(checkpoint, identity):
                job.screen.note(f"taken up with another {change}")
        trackers = Trackers(
            section.trackers if main else (), job.out, recipe.canonical(), job.processes, job.screen.note
        )
        trainer = Trainer(job, networks, content, style, trackers)
        if checkpoint is not None:
            lines, lost = read_metrics(job.out)
            if lost and main:
                job.screen.note(lost)
            trainer.take_up(checkpoint, lines)
        with trackers:
            if main:
                write_json(job.out / "recipe.json", recipe.canonical())
                versions = (f"{item.distribution} {item.version}" for item in recipe.components())
                write_json(job.out / "env.json", environment(job.device, versions))
            with Listeners(trainer, stop) as listeners:
                trainer.run(stop, identity)
                if main:
                    listeners.card = finish(trainer, listeners.problems)
        return listeners.card


def _check_styles(job: TrainJob, networks: Networks, style: Domain) -> None:
    if networks.conditional and len(style.split.train) < 2:
        raise ImageError(
            f"a discriminator that looks at the style needs two style pictures to train on; {job.folder('style')} "
            "has one.",
            hint="Add pictures, or try --discriminator multiscale-patchgan.",
        )


def _check_shares(batch: int, processes: int) -> None:
    if batch % processes:
        raise RecipeError(
            f"train.batch {batch} cannot be shared out evenly to {processes} processes.",
            hint=f"Try --set train.batch={processes * max(1, batch // processes)}.",
        )


def _check_no_batch_norm(networks: Networks) -> None:
    """Its statistics would be those of one process's share, and the step not that of the whole batch."""
    for chosen, module in (
        (networks.parts.generator, networks.generator),
        (networks.parts.discriminator, networks.discriminator),
    ):
        if module is not None and any(isinstance(part, _BatchNorm) for part in module.modules()):
            assert chosen is not None
            raise ContractError(
                f"{chosen.spec.kind} {chosen.name!r} has batch norm, which several processes cannot share.",
                hint="Try another norm, such as --set discriminator.norm=instance, or one process.",
            )


def _check_begun(out: Path) -> None:
    """Hold that a folder without a checkpoint holds nothing but what a training leaves before its first one."""
    names = {path.name for path in out.iterdir()} - {LOCK}
    early = {"env.json", "recipe.json", METRICS_FILE, "report.html", "checkpoints", "sheets", "pressure", "tracked"}
    if names - early or ("recipe.json" in names and "env.json" not in names):
        raise StoreError(
            f"{out} holds no checkpoint, and other things than a training leaves.",
            hint="Check the spelling of --out, or leave --resume out and choose a new folder.",
        )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """No second training may write into the folder meanwhile; the lock goes with the process, however it ends."""
    lock, found = FileLock(out / LOCK, timeout=0), out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise StoreError(f"{out} is in use by another training.", hint="Choose another --out.") from error
    except OSError as error:
        raise store_error(out, error) from error
    for left in out.glob(".*.partial"):  # of a kill in the middle of a file
        left.unlink(missing_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (out / LOCK).unlink()  # while it is held: afterwards it may be another training's
            if not found:
                out.rmdir()  # where a refusal came before anything was written
        lock.release()
