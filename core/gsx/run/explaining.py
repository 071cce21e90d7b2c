"""Explaining a stylised pair and writing each explanation's folder."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from gsx.contracts.plan import ExplainerPart
from gsx.errors import DeviceError, GsxError, PluginError, StoreError, ran_out_of_memory
from gsx.explaining.contrast import explain_contrast
from gsx.explaining.explain import explain_outputs
from gsx.explaining.guard import guarded, left_behind
from gsx.explaining.probe import Progress
from gsx.explaining.shared import Shared
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.run.maps import comparable, write_maps
from gsx.specs.explanation import Explanation
from gsx.specs.interfaces import Cancelled
from gsx.store.atomic import store_error, write_json, write_tensors


def write_explanation(
    folder: Path,
    pipeline: BuiltPipeline,
    outputs: PassOutputs,
    part: ExplainerPart,
    other: tuple[str, Tensor] | None,
    progress: Callable[[str], Progress],
    *,
    notes: Sequence[str] = (),
    shared: Shared | None = None,
) -> dict[str, Any]:
    """Explain one pass and write ``explanations/<explainer>-<score>-<unit>-<id>/``.

    What a stranger's explainer raises or leaves behind is contained: the record says so, and the run goes on.

    Args:
        folder: the run folder.
        other: name and image of another style, for the contrast of maps and for the card.
        notes: what else a reader has to know.
        shared: with the other explanations of the pass.

    Returns:
        The contents of explanation.json.
    """
    name = folder_name(part)
    budget = pipeline.loaded.recipe.run.budget
    shared = shared or Shared((part,), budget)
    rows = shared.rows(part)
    started = time.perf_counter()
    record: dict[str, Any] = {
        "folder": f"explanations/{name}",
        "summary": part.explainer.spec.summary,
        "explainer": part.explainer.canonical(),
        "score": part.score.canonical(),
        "unit": part.unit.canonical(),
        "score_higher": part.score.spec.higher,
        "asks_score": part.explainer.spec.method != "attention",
        "baseline": part.baseline,
        "card_level": part.card,
    }
    tensors: dict[str, Tensor] = {}
    place = folder / "explanations" / name
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise store_error(place, error) from error
    pictures = {"content": outputs.content, "style": outputs.style, "stylized": outputs.stylized}
    left: list[str] = []
    try:
        # A record of its own: what is computed while a stranger has changed the networks must not reach the next one.
        outputs = replace(outputs, _stylized_maps=outputs.stylized_maps)
        with guarded(pipeline.modules, pictures) as left:
            explanation = explain_outputs(
                pipeline,
                outputs,
                part,
                progress=progress(f"explaining: {part.id}"),
                budget=budget,
                other_style=other[1] if other else None,
                kept=shared.other_style,
                rows=rows,
            )
            facts = _facts(explanation)
            json.dumps(facts, allow_nan=False)  # a stranger's numbers have to be JSON before they are believed
        if left:
            shared.forget()
        record |= facts | ({"shared_evaluations": rows.recalled} if rows else {})
        if explanation.maps:
            # What terms moved is of the path that was taken, whatever style is asked about.
            compare = part.explainer.spec.method != "terms" and any(map(comparable, explanation.maps.values()))
            asked = other if compare else None
            with guarded(pipeline.modules, pictures) as left_again:  # what it left must not reach the contrast
                contrast = _contrast(pipeline, outputs, part, asked[1], record["notes"], shared) if asked else None
            left = list(dict.fromkeys([*left, *left_again]))
            record["maps"] = write_maps(place, explanation, contrast, other[0] if other else "", outputs, tensors)
        record["status"] = "done"
    except (StoreError, Cancelled, KeyboardInterrupt):
        shutil.rmtree(place, ignore_errors=True)
        raise
    except GsxError as error:
        record |= _failed(str(error), type(error))
    except BaseException as error:  # noqa: BLE001 - contained, named (sys.exit too), and the rest of the run goes on
        record |= _failed(f"{type(error).__name__}: {error}", DeviceError if ran_out_of_memory(error) else PluginError)
    record["notes"] = [*record.get("notes", ()), *notes]
    if left:
        shared.forget()
        record["left_behind"] = left
        record["notes"].append(left_behind(part, left))
    record["seconds"] = round(time.perf_counter() - started, 3)
    if tensors:
        write_tensors(place / "maps.safetensors", tensors)
    write_json(place / "explanation.json", record)
    return record


def _contrast(
    pipeline: BuiltPipeline,
    outputs: PassOutputs,
    part: ExplainerPart,
    other_style: Tensor,
    notes: list[str],
    shared: Shared,
) -> Explanation | None:
    """The same for another style; where that fails, the explanation itself stands, with a note."""
    try:
        return explain_contrast(
            pipeline, outputs, part, other_style, budget=pipeline.loaded.recipe.run.budget, shared=shared
        )
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - as the explanation's own
        notes.append(f"There is no contrast with another style: {type(error).__name__}: {error}")
        return None


def _failed(what: str, kind: type[GsxError]) -> dict[str, Any]:
    """What the record of a failure says; the code is what a command that only explains exits with."""
    return {"status": "error", "error": what, "exit_code": kind.exit_code, "null": False, "null_reason": None}


def folder_name(part: ExplainerPart) -> str:
    """``<explainer>-<score>-<unit>-<id>``, safe for a file system."""
    text = "-".join((part.explainer.name, part.score.name, part.unit.name, part.id))
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", text)


def _facts(explanation: Explanation) -> dict[str, Any]:
    return {
        "null": explanation.null,
        "null_reason": explanation.null_reason,
        "notes": list(explanation.notes),
        "values": [[asdict(row) for row in sample] for sample in explanation.values],
        "beside": [[asdict(row) for row in sample] for sample in explanation.beside],
        "answers": list(explanation.answers),
        "additive": explanation.additive,
        "card": [asdict(check) for check in explanation.card],
        "provenance": explanation.provenance,
    }
