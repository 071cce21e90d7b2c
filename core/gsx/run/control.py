"""The control of every run: the same again with the fusion that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from gsx.errors import DivergedError
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.run.progress import stalled
from gsx.run.screen import Screen


def fusion_effect(pipeline: BuiltPipeline, outputs: PassOutputs, screen: Screen) -> dict[str, Any]:
    """How far the fusion itself moved the result: against the same run with the ``content`` fusion.

    Returns:
        ``mean_abs_difference`` in [0, 1], or ``not_applicable`` with the reason; a control that fails costs no run.
    """
    recipe = pipeline.loaded.recipe
    generator = recipe.parts.generator
    if recipe.parts.fusion.name == "content":
        return {"not_applicable": "the fusion is the control itself"}
    if not recipe.run.fusion_effect:
        return {"not_applicable": "switched off by run.fusion_effect"}
    control = pipeline.with_fusion(lambda content, style, level: content[level])
    losses: list[float] = []

    def listen(index: int, total: int, values: Mapping[str, float]) -> None:
        if "loss" in values:
            losses.append(values["loss"])
        screen.step("control: content fusion", index, total, values)

    try:
        with torch.no_grad():
            plain = control(outputs.content, outputs.style, listener=listen).stylized
    except DivergedError as error:
        return {"not_applicable": f"the run with the 'content' fusion failed: {error.message}"}
    if not torch.isfinite(plain).all():
        return {"not_applicable": "the run with the 'content' fusion gives NaN or infinite numbers"}
    if reason := stalled(losses):
        return {"not_applicable": f"in the run with the 'content' fusion {reason}"}
    return {
        "mean_abs_difference": (plain - outputs.stylized).abs().mean().item(),
        "content_to_result": (outputs.content - outputs.stylized).abs().mean().item(),
        "sees_style_otherwise": generator.spec.sees_style(generator.options),
    }
