"""Pictures too large to be made at once: by tiles, with their account at a smaller size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gsx.images import resize_longer
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.context import PassContext, StepListener
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.tiles import can_tile, stylize_tiled

ACCOUNT = 1024
"""Longer side in pixels of the pictures that are measured and explained where the result itself is made by tiles."""

LARGEST_STYLE = 3072
"""Longer side in pixels of a style picture beside tiles: its maps are held whole, some 4 GiB at this size."""


@dataclass(frozen=True)
class Made:
    """The picture, the pass that is measured and explained, and what to say where the two are not one."""

    stylized: Tensor
    outputs: PassOutputs
    note: str | None = None


def stylise_any_size(
    pipeline: BuiltPipeline,
    content: Tensor,
    style: Tensor,
    *,
    context_ready: Callable[[PassContext], None],
    listener: StepListener,
) -> Made:
    """At once up to ``run.tile``; above it by tiles where the components can.

    Shape:
        content ``(1, 3, H, W)`` and style ``(1, 3, H', W')``, both in [0, 1].
    """
    tile = pipeline.loaded.recipe.run.tile
    with torch.no_grad():
        if not tile or max(content.shape[-2:]) <= tile or not can_tile(pipeline):
            outputs = pipeline(content, style, context_ready=context_ready, listener=listener)
            return Made(outputs.stylized, outputs)
        reduced = max(style.shape[-2:]) > LARGEST_STYLE
        if reduced:
            style = resize_longer(style, LARGEST_STYLE)
        account = min(ACCOUNT, *(max(image.shape[-2:]) for image in (content, style)))
        stylized = stylize_tiled(pipeline, content, style, tile=tile, listener=listener)
        outputs = pipeline(resize_longer(content, account), resize_longer(style, account), context_ready=context_ready)
    return Made(
        stylized,
        outputs,
        f"The picture was made in tiles of {tile} px; its metrics, control and explanations are those of the same "
        f"recipe at {account} px."
        + (f" Beside tiles the style picture is reduced to {LARGEST_STYLE} px." if reduced else ""),
    )
