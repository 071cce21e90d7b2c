"""explain_run: explanations added to a finished run, whose picture is not made again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from gsx.errors import InterruptedRun, StoreError
from gsx.explaining.given import given_pass
from gsx.explaining.probe import Progress
from gsx.explaining.shared import Shared
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.run.additions import add, refresh_report, stage_in
from gsx.run.exact import DAMAGED, EXACT, Pictures, read_pictures
from gsx.run.explaining import write_explanation
from gsx.run.finished import FinishedRun, open_run
from gsx.run.large import needs_tiles
from gsx.run.screen import Screen, SilentScreen
from gsx.specs.interfaces import Cancelled


def explain_run(
    run: FinishedRun, pipeline: BuiltPipeline, *, screen: Screen | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Explain the run's picture as ``pipeline``'s recipe asks, and refresh result.json and report.html.

    Each explanation appears under its name whole, and in result.json at once; one of the same question is replaced,
    unless the new one failed. The pictures' features are computed once, for all of them.

    Args:
        pipeline: built from :meth:`FinishedRun.load`.

    Returns:
        The contents of result.json, and the records that are new.

    Raises:
        WeightsError: not the weights that made the picture. StoreError: a damaged folder, or one that cannot be
        written. InterruptedRun: on Ctrl-C. What was finished before is in the folder.
    """
    run.check_weights(pipeline)
    run.check_files()
    pictures = read_pictures(run.path)
    _check_usable(run, pipeline, pictures)
    mask = None if pictures.mask is None else pictures.mask.to(pipeline.device)
    outputs = given_pass(pipeline, pictures.content, pictures.style, pictures.stylized, mask)
    notes = [*filter(None, [pictures.note]), *run.changed_versions(pipeline)]
    made: list[dict[str, Any]] = []
    try:
        _explain_each(run, pipeline, outputs, pictures, notes, screen or SilentScreen(), made)
        _report(run.path, made)
    except (Cancelled, KeyboardInterrupt) as stop:
        _report(run.path, made)
        raise InterruptedRun(f"Interrupted: {_finished(pipeline, made)}, and in {run.path}.") from stop
    except StoreError as error:
        with suppress(StoreError):  # on a full disk the page fails too, and the first error says so
            _report(run.path, made)
        raise StoreError(
            f"{error.message} {_finished(pipeline, made)}.",
            hint=f"Free some space on its disk, or make {run.path} writable, and give the command again.",
        ) from error
    except BaseException:
        _report(run.path, made)
        raise
    return dict(open_run(run.path).result), made


def _check_usable(run: FinishedRun, pipeline: BuiltPipeline, pictures: Pictures) -> None:
    if pictures.note and needs_tiles(pipeline, pictures.content):
        raise StoreError(
            f"{run.path} has no {EXACT}, and its picture was made by tiles: too large to be explained as it is.",
            hint="Make the run again; newer runs keep the smaller pictures that are explained.",
        )
    if pictures.mask is None and pipeline.loaded.recipe.input.mask is not None:
        raise StoreError(f"{run.path} was run with a mask, and holds none.", hint=DAMAGED)


def _explain_each(
    run: FinishedRun,
    pipeline: BuiltPipeline,
    outputs: PassOutputs,
    pictures: Pictures,
    notes: list[str],
    screen: Screen,
    made: list[dict[str, Any]],
) -> None:
    """Fill ``made`` with the records, one after the other."""
    other = None if pictures.contrast is None else (run.contrast_name(), pictures.contrast)

    def progress(name: str) -> Progress:
        return lambda done, total: screen.step(name, done, total, {})

    recipe = pipeline.loaded.recipe
    shared = Shared(recipe.parts.explainers, recipe.run.budget)
    with stage_in(run.path) as stage:
        for part in recipe.parts.explainers:
            try:
                record = write_explanation(stage, pipeline, outputs, part, other, progress, notes=notes, shared=shared)
            except StoreError as error:  # the user knows of the run's folder, and will look in vain for this one
                raise StoreError(error.message.replace(str(stage), str(run.path)), hint=error.hint) from error
            add(run.path, stage, record)
            made.append(record)


def _report(folder: Path, made: list[dict[str, Any]]) -> None:
    if made:
        refresh_report(folder)


def _finished(pipeline: BuiltPipeline, made: list[dict[str, Any]]) -> str:
    return f"{len(made)} of {len(pipeline.loaded.recipe.parts.explainers)} explanations were finished"
