"""explain_run: explanations added to a finished run, whose picture is not made again."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gsx.contracts.plan import ExplainerPart
from gsx.errors import InterruptedRun, StoreError
from gsx.explaining.given import given_pass
from gsx.explaining.probe import Progress
from gsx.pipeline.build import BuiltPipeline
from gsx.report import write_report
from gsx.run.exact import EXACT, read_pictures
from gsx.run.explaining import folder_name, write_explanation
from gsx.run.finished import FinishedRun, open_run
from gsx.run.large import needs_tiles
from gsx.run.screen import Screen, SilentScreen
from gsx.specs.interfaces import Cancelled
from gsx.store.atomic import store_error, write_json

_SAME = ("explainer", "score", "unit", "baseline")
"""Keys of explanation.json that say what was asked; two that agree in them are one explanation, made twice."""


def explain_run(
    run: FinishedRun, pipeline: BuiltPipeline, *, screen: Screen | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Explain the run's picture as ``pipeline``'s recipe asks, and refresh result.json and report.html.

    Each explanation appears under its name whole; one of the same question is replaced, unless the new one failed. The
    pictures' features are computed once, for all of them.

    Args:
        pipeline: built from :meth:`FinishedRun.load`.

    Returns:
        The contents of result.json, and the records that are new.

    Raises:
        WeightsError: not the weights that made the picture. StoreError: a damaged folder, or one that cannot be
        written. InterruptedRun: on Ctrl-C, after those that were finished are in the folder.
    """
    screen = screen or SilentScreen()
    run.check_weights(pipeline)
    pictures = read_pictures(run.path)
    if pictures.note and needs_tiles(pipeline, pictures.content):
        raise StoreError(
            f"{run.path} has no {EXACT}, and its picture was made by tiles: too large to be explained as it is.",
            hint="Make the run again; newer runs keep the smaller pictures that are explained.",
        )
    mask = None if pictures.mask is None else pictures.mask.to(pipeline.device)
    outputs = given_pass(pipeline, pictures.content, pictures.style, pictures.stylized, mask)
    other = None if pictures.contrast is None else (run.contrast_name(), pictures.contrast)
    notes = [*filter(None, [pictures.note]), *run.changed_versions(pipeline)]
    parts = pipeline.loaded.recipe.parts.explainers
    made: list[dict[str, Any]] = []

    def progress(name: str) -> Progress:
        return lambda done, total: screen.step(name, done, total, {})

    stage = run.path / f".explaining.{secrets.token_hex(4)}.partial"
    try:
        for part in parts:
            name = _free_name(run.path, part)
            record = write_explanation(stage, pipeline, outputs, part, other, progress, name=name, notes=notes)
            made.append(record)
            if _put(stage / record["folder"], run.path / record["folder"], record):
                _list(run.path, record)
    except (Cancelled, KeyboardInterrupt) as stop:
        raise InterruptedRun(
            f"Interrupted: {len(made)} of {len(parts)} explanations were finished, and are in {run.path}."
        ) from stop
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if made:
            write_report(run.path)
    return dict(open_run(run.path).result), made


def _free_name(folder: Path, part: ExplainerPart) -> str:
    """The usual name, or a numbered one where that is taken by an explanation of something else."""
    asked = _asked(
        {
            "explainer": part.explainer.canonical(),
            "score": part.score.canonical(),
            "unit": part.unit.canonical(),
            "baseline": part.baseline,
        }
    )
    name, number = folder_name(part), 2
    while (place := folder / "explanations" / name).exists() and _asked(_record(place)) not in (asked, None):
        name, number = f"{folder_name(part)}-{number}", number + 1
    return name


def _asked(record: Mapping[str, Any]) -> str | None:
    """What an explanation was asked, for comparing; None where that cannot be read."""
    if any(key not in record for key in _SAME):
        return None
    return json.dumps([record[key] for key in _SAME], sort_keys=True)


def _record(place: Path) -> dict[str, Any]:
    try:
        value = json.loads((place / "explanation.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _put(made: Path, place: Path, record: Mapping[str, Any]) -> bool:
    """Rename a finished explanation into place; False where it failed, and an earlier one stays instead."""
    if record["status"] == "error" and place.exists():
        return False
    aside = made.with_name(f"{made.name}.before")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            os.rename(place, aside)
        try:
            os.rename(made, place)
        except BaseException:  # also Ctrl-C: what was there is not to be lost
            if aside.exists():
                os.rename(aside, place)
            raise
    except OSError as error:
        raise store_error(place, error) from error
    return True


def _list(folder: Path, record: dict[str, Any]) -> None:
    """Enter the record into result.json, in the place of one of the same folder.

    Read anew each time, so that two commands on one run lose nothing of each other's.
    """
    result = dict(open_run(folder).result)
    listed = result.get("explanations")
    known = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    places = [item.get("folder") for item in known]
    if record["folder"] in places:
        known[places.index(record["folder"])] = record
    else:
        known.append(record)
    write_json(folder / "result.json", {**result, "explanations": known})
