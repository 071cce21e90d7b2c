"""Pictures too large to be made at once: by tiles, with their account at a smaller size."""

from __future__ import annotations

from collections.abc import Callable

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


def needs_tiles(pipeline: BuiltPipeline, content: Tensor) -> bool:
    """Whether the picture is above ``run.tile``, and the components can work by tiles."""
    tile = pipeline.loaded.recipe.run.tile
    return bool(tile) and max(content.shape[-2:]) > tile and can_tile(pipeline)


def stylise_by_tiles(
    pipeline: BuiltPipeline, content: Tensor, style: Tensor, listener: StepListener
) -> tuple[Tensor, str]:
    """The picture, and what to say of how it was made.

    Shape:
        content ``(1, 3, H, W)`` and style ``(1, 3, H', W')`` -> ``(1, 3, H, W)``, all in [0, 1].
    """
    tile = pipeline.loaded.recipe.run.tile
    note = (
        f"The picture was made in tiles of {tile} px; its metrics, control and explanations are those of the same "
        f"recipe at {_account_size(content, style)} px."
    )
    if max(style.shape[-2:]) > LARGEST_STYLE:
        style = resize_longer(style, LARGEST_STYLE)
        note += f" Beside tiles the style picture is reduced to {LARGEST_STYLE} px."
    return stylize_tiled(pipeline, content, style, tile=tile, listener=listener), note


def account(
    pipeline: BuiltPipeline, content: Tensor, style: Tensor, context_ready: Callable[[PassContext], None]
) -> PassOutputs:
    """The pass that is measured and explained in the place of one that was made by tiles. Shape: as above."""
    size = _account_size(content, style)
    with torch.no_grad():
        return pipeline(resize_longer(content, size), resize_longer(style, size), context_ready=context_ready)


def _account_size(content: Tensor, style: Tensor) -> int:
    return min(ACCOUNT, *(max(image.shape[-2:]) for image in (content, style)))
