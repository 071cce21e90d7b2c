"""One pair from pictures to a finished run folder."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gsx.contracts import shape_table
from gsx.errors import DivergedError, InterruptedRun
from gsx.explaining.probe import Progress
from gsx.explaining.shared import Shared
from gsx.images import Decoded, decode, resize_longer, resize_note, save_png
from gsx.images.names import shown
from gsx.images.pairs import Pair
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.context import PassContext
from gsx.pipeline.outputs import PassOutputs
from gsx.plugins import installed_catalog
from gsx.plugins.lifecycle import notify
from gsx.report import write_report
from gsx.run.control import fusion_effect
from gsx.run.exact import file_hashes, write_exact
from gsx.run.explaining import write_explanation
from gsx.run.large import account, needs_tiles, stylise_by_tiles
from gsx.run.mask import mask_for, read_mask
from gsx.run.measure import measure
from gsx.run.progress import stalled
from gsx.run.screen import Screen, SilentScreen
from gsx.specs.interfaces import Cancelled
from gsx.store.atomic import write_json, write_tensors, write_text
from gsx.store.environment import environment, peak_memory_mib
from gsx.store.run_folder import staged


@dataclass
class Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        """Run ``work`` and add its time to ``stage``."""
        started = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


def run_pair(
    pipeline: BuiltPipeline,
    pair: Pair,
    out: Path,
    *,
    other_style: Path | None = None,
    screen: Screen | None = None,
) -> dict[str, Any]:
    """Stylise, measure and explain one pair, and write its folder: whole, or not at all.

    On Ctrl-C the best picture so far is kept in a folder whose result says ``interrupted``.

    Returns:
        The contents of result.json.

    Raises:
        ImageError, StoreError, DivergedError: nothing is left behind.
        InterruptedRun: after the interrupted folder was written; where there was no picture yet, nothing was.
    """
    screen, clock = screen or SilentScreen(), Clock()
    started = time.perf_counter()
    recipe = pipeline.loaded.recipe
    plugins = installed_catalog().manager
    problems: list[str] = []

    def tell(hook: str, **facts: Any) -> None:
        # A hook that fails at every step is reported once.
        problems.extend(text for text in notify(plugins, hook, **facts) if text not in problems)

    content, style = decode(pair.content), decode(pair.style)
    size = recipe.run.size
    content_image, style_image = resize_longer(content.image, size), resize_longer(style.image, size)
    mask = read_mask(recipe.input.mask, content) if recipe.input.mask is not None else None
    with staged(out) as stage:
        pictures = {"content": (content, content_image), "style": (style, style_image)}
        if mask is not None:
            pictures["mask"] = (mask[0], mask_for(mask[1], content_image).expand(-1, 3, -1, -1))
        _write_inputs(stage, pipeline, pictures, other_style)
        result: dict[str, Any] = {
            "status": "done",
            "folder": shown(out),
            "pair": {"content": shown(pair.content.name), "style": shown(pair.style.name), "label": pair.label},
            "components": {part: getattr(recipe.parts, part).name for part in ("extractor", "fusion", "generator")},
            "fingerprint": recipe.fingerprint(pipeline.weight_hashes()),
            "weights": {
                section: {"id": file.id, "file": file.path.name, "sha256": file.sha256}
                for section, file in pipeline.weights.items()
            }
            or {"extractor": {"id": "random", "seed": recipe.run.seed}},
            "fit": pipeline.fit_key,
            "notes": list(pipeline.loaded.notes),
            "plugin_problems": problems,
            "chain": [
                vars(row)
                for row in shape_table(recipe.parts, pipeline.loaded.plan, _size(content_image), _size(style_image))
            ],
        }
        steps: list[dict[str, float | None]] = []
        context: list[PassContext] = []

        def listen(index: int, total: int, values: Mapping[str, float]) -> None:
            # JSON has no NaN: a figure that is not finite is null.
            figures = {name: float(value) if math.isfinite(value) else None for name, value in values.items()}
            steps.append({"step": index, **figures})
            tell("gsx_step_end", step=index, values=values)
            screen.step("stylising", index, total, values)

        def at_once() -> PassOutputs:
            with torch.no_grad():
                return pipeline(content_image, style_image, context_ready=context.append, listener=listen)

        stylized: Tensor | None = None
        finished = False
        tell("gsx_run_start", folder=str(out), recipe=recipe.canonical())
        try:
            if needs_tiles(pipeline, content_image):
                made, note = clock.timed(
                    "stylise", lambda: stylise_by_tiles(pipeline, content_image, style_image, listen)
                )
                _check_finite(made)
                stylized, finished = made, True
                result["notes"].append(note)
                outputs: PassOutputs = clock.timed(
                    "account", lambda: account(pipeline, content_image, style_image, context.append)
                )
            else:
                outputs = clock.timed("stylise", at_once)
                _check_finite(outputs.stylized)
                stylized, finished = outputs.stylized, True
            if mask is not None:
                outputs.mask = mask_for(mask[1], outputs.content)
            if reason := stalled([step["loss"] for step in steps if step.get("loss") is not None]):  # type: ignore[misc]
                result["notes"].append(f"The result is close to the content, for {reason}.")
            _explain_and_measure(stage, pipeline, outputs, other_style, screen, clock, result)
        except (Cancelled, KeyboardInterrupt) as stop:
            if stylized is None and context and context[0].best is not None:
                stylized = context[0].best[..., : content_image.shape[-2], : content_image.shape[-1]]
            if stylized is None:
                raise InterruptedRun("Interrupted before there was a picture; nothing was written.") from stop
            result |= {"status": "interrupted", "picture_finished": finished}
        _finish(stage, result, stylized, steps, clock, started)
    told = len(problems)
    tell("gsx_run_end", folder=str(out), result=result)
    if len(problems) > told:  # the hook gets the finished folder, so what it does wrong is added afterwards
        write_json(out / "result.json", result)
        write_report(out)
    if result["status"] == "interrupted":
        kept = "the finished picture, not all of its account, is" if finished else "the best picture so far is"
        raise InterruptedRun(f"Interrupted: {kept} in {out} (marked interrupted).")
    return result


def _check_finite(stylized: Tensor) -> None:
    if not torch.isfinite(stylized).all():
        raise DivergedError(
            "The stylised picture holds NaN or infinite numbers, so nothing was kept.",
            hint="Try other options of the generator, or other weights.",
        )


def _size(image: Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


def _write_inputs(
    stage: Path, pipeline: BuiltPipeline, pictures: Mapping[str, tuple[Decoded, Tensor]], other_style: Path | None
) -> None:
    recipe = pipeline.loaded.recipe
    write_json(stage / "recipe.json", recipe.canonical())
    write_json(
        stage / "env.json",
        environment(pipeline.device, (f"{item.distribution} {item.version}" for item in recipe.components())),
    )
    write_json(
        stage / "inputs.json",
        {
            role: {
                "file": shown(decoded.path.name),
                "sha256": decoded.sha256,
                "original_size": list(decoded.original_size),
                "size": [image.shape[-1], image.shape[-2]],
                "mode": decoded.mode,
                "notes": [*decoded.notes, *filter(None, [resize_note(decoded.image, recipe.run.size)])],
            }
            for role, (decoded, image) in pictures.items()
        }
        | ({} if other_style is None else {"contrast": {"file": shown(other_style.name)}}),
    )
    (stage / "inputs").mkdir()
    for role, (_, image) in pictures.items():
        save_png(image, stage / "inputs" / f"{role}.png")


def _explain_and_measure(
    stage: Path,
    pipeline: BuiltPipeline,
    outputs: PassOutputs,
    other_style: Path | None,
    screen: Screen,
    clock: Clock,
    result: dict[str, Any],
) -> None:
    recipe = pipeline.loaded.recipe
    result["metrics"] = clock.timed("metrics", lambda: measure(recipe.parts.metrics, outputs))
    result["fusion_effect"] = clock.timed("fusion effect", lambda: fusion_effect(pipeline, outputs, screen))
    other = None
    if other_style is not None:
        other = (other_style.stem, resize_longer(decode(other_style).image, max(outputs.style.shape[-2:])))
    write_exact(stage, outputs, None if other is None else other[1])

    # Listed one by one, so that an interrupted run knows those that were finished.
    done: list[dict[str, Any]] = []
    result["explanations"] = done

    def explain_all() -> None:
        def progress(name: str) -> Progress:
            return lambda done, total: screen.step(name, done, total, {})

        shared = Shared(recipe.parts.explainers, recipe.run.budget)
        for part in recipe.parts.explainers:
            done.append(write_explanation(stage, pipeline, outputs, part, other, progress, shared=shared))

    clock.timed("explain", explain_all)


def _finish(
    stage: Path,
    result: dict[str, Any],
    stylized: Tensor,
    steps: list[dict[str, float | None]],
    clock: Clock,
    started: float,
) -> None:
    save_png(stylized, stage / "stylized.png")
    write_tensors(stage / "stylized.safetensors", {"stylized": stylized})
    write_text(stage / "metrics.jsonl", "".join(json.dumps(step) + "\n" for step in steps))
    clock.seconds["total"] = time.perf_counter() - started
    result["seconds"] = {stage_name: round(value, 3) for stage_name, value in clock.seconds.items()}
    result["peak_memory_mib"] = peak_memory_mib()
    result["files"] = file_hashes(stage)
    write_json(stage / "result.json", result)
    write_report(stage)
