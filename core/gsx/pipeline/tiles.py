"""Stylising a picture tile by tile: the whole picture's statistics, a tile's memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gsx.errors import ContractError
from gsx.images.resize import Padding, crop_back, pad_to_multiple
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import RunningStatistics, Statistics
from gsx.pipeline.context import StepListener, ignore_step
from gsx.pipeline.pipeline import Pipeline, check_images

TILE = 2048
"""Side in pixels of what is computed at a time, the surroundings included."""

SURROUNDINGS = 256
"""Pixels around a tile that are computed with it and dropped. More than vgg19 and the built-in generators with their
defaults look across together; a resnet of 16 blocks looks further."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of the picture, and the larger one that it is computed from; ``(top, bottom, left, right)``."""

    core: tuple[int, int, int, int]
    outer: tuple[int, int, int, int]

    def cut(self, image: Tensor) -> Tensor:
        """What the tile is computed from. Shape: ``(N, C, H, W)`` -> ``(N, C, h, w)``, a view."""
        top, bottom, left, right = self.outer
        return image[..., top:bottom, left:right]

    def inside(self, computed: Tensor, stride: int = 1) -> Tensor:
        """The tile itself of what was computed at ``stride``, without its surroundings."""
        (top, bottom, left, right), (above, _, before, _) = self.core, self.outer
        rows = slice((top - above) // stride, -(-(bottom - above) // stride))
        columns = slice((left - before) // stride, -(-(right - before) // stride))
        return computed[..., rows, columns]


def tiles_of(size: tuple[int, int], side: int, around: int, multiple: int) -> Iterator[Tile]:
    """Tiles that cover a picture once each, their edges on multiples of ``multiple``, row by row.

    Args:
        size: height and width.
        side: of a tile with its surroundings. around: of the surroundings. Both in pixels.
    """
    height, width = size
    around = -(-around // multiple) * multiple
    core = max(multiple, (side - 2 * around) // multiple * multiple)
    for top in range(0, height, core):
        for left in range(0, width, core):
            bottom, right = min(top + core, height), min(left + core, width)
            yield Tile(
                (top, bottom, left, right),
                (max(0, top - around), min(height, bottom + around), max(0, left - around), min(width, right + around)),
            )


def stylize_tiled(
    pipeline: Pipeline,
    content: Tensor,
    style: Tensor,
    *,
    tile: int = TILE,
    around: int = SURROUNDINGS,
    listener: StepListener = ignore_step,
) -> Tensor:
    """What ``pipeline(content, style).stylized`` gives, computed tile by tile.

    Three rounds: the statistics of the content's maps, those of the fused maps, the picture. Only the statistics
    depend on the whole picture; everything else on a bounded neighbourhood, which each tile is computed with. So there
    are no seams where ``around`` is as far as extractor and generator look. No gradients are kept.

    Args:
        tile: side in pixels of what is computed at a time, ``around`` on each side included.

    Shape:
        content ``(N, 3, H, W)``, style ``(N or 1, 3, H', W')``, both in [0, 1]
        -> ``(N, 3, H, W)`` in [0, 1], on the CPU.

    Raises:
        ContractError: a generator that is not tileable, or a fusion that cannot fuse a part of a picture.
    """
    check_images(content, style)
    of_parts = _of_parts(pipeline)
    layout, levels = pipeline.layout, pipeline.levels
    multiple = math.lcm(pipeline.multiple, *(layout[name].stride for name in levels))
    padded, padding = pad_to_multiple(content, pipeline.multiple)
    tiles = list(tiles_of((padded.shape[-2], padded.shape[-1]), tile, around, multiple))
    made = torch.empty(padded.shape)

    with torch.no_grad():
        style = style.to(pipeline.device)
        style_maps = pipeline.extract(style, pipeline.layers)

        def extract(item: Tile) -> FeatureMaps:
            return pipeline.extract(item.cut(padded).to(pipeline.device), levels)

        def survey(name: str, first: int, maps_of: Callable[[Tile], FeatureMaps]) -> dict[str, Statistics]:
            running = {level: RunningStatistics() for level in levels}
            for number, item in enumerate(tiles, start=first + 1):
                for level, value in maps_of(item).items():
                    running[level].add(item.inside(value, layout[level].stride))
                listener(number, 3 * len(tiles), {name: number - first})
            return {level: statistics.result() for level, statistics in running.items()}

        of_content = survey("content", 0, extract)
        fuse_part = of_parts(style_maps, of_content)

        def fuse(maps: FeatureMaps) -> FeatureMaps:
            return {level: fuse_part(maps, level) for level in levels}

        of_fused = survey("fused", len(tiles), lambda item: fuse(extract(item)))
        for number, item in enumerate(tiles, start=1):
            maps = extract(item)
            own = item.cut(padded).to(pipeline.device)
            context = replace(pipeline.context(own, style, maps, style_maps), whole=of_fused)
            image = pipeline.generate(fuse(maps), own, context, Padding(own.shape[-2], own.shape[-1], 0, 0))
            top, bottom, left, right = item.core
            made[..., top:bottom, left:right] = item.inside(image).cpu()
            listener(2 * len(tiles) + number, 3 * len(tiles), {"picture": number})
    return crop_back(made, padding)


def can_tile(pipeline: Pipeline) -> bool:
    """Whether generator and fusion can work by tiles; a fusion may still refuse with its options."""
    return "tileable" in pipeline.traits and hasattr(pipeline.modules["fusion"], "of_parts")


def _of_parts(pipeline: Pipeline) -> Callable[..., Any]:
    if "tileable" not in pipeline.traits:
        raise ContractError(
            "this generator needs the whole picture at once, so it cannot work by tiles.",
            hint="Choose a smaller --size, or a generator that is tileable: gsx plugins list --kind generator.",
        )
    of_parts = getattr(pipeline.modules["fusion"], "of_parts", None)
    if of_parts is None:
        raise ContractError(
            "this fusion needs the whole picture at once, so it cannot work by tiles.",
            hint="Choose a smaller --size, or --fusion adain.",
        )
    return of_parts  # type: ignore[no-any-return]
