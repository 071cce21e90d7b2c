"""Stylising a picture tile by tile: the whole picture's statistics, a tile's memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gsx.errors import ContractError
from gsx.images.resize import Padding, crop_back, pad_to_multiple
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import RunningStatistics, Statistics
from gsx.pipeline.context import StepListener, ignore_step
from gsx.pipeline.pipeline import Pipeline, check_images
from gsx.pipeline.tile_grid import Tile, tiles_of

TILE = 2048
"""Side in pixels of what is computed at a time, the surroundings included."""

SEEN = 1e-5
"""A pixel that changes less than this does not depend on what was changed; a step of 8 bits is 400 times as much."""


def stylize_tiled(
    pipeline: Pipeline,
    content: Tensor,
    style: Tensor,
    *,
    tile: int = TILE,
    around: int | None = None,
    listener: StepListener = ignore_step,
) -> Tensor:
    """What ``pipeline(content, style).stylized`` gives, computed tile by tile.

    Three rounds: the statistics of the content's maps, those of the fused maps, the picture. Only the statistics
    depend on the whole picture; everything else on a bounded neighbourhood, which each tile is computed with. So there
    are no seams. No gradients are kept.

    Args:
        tile: side in pixels of what is computed at a time, ``around`` on each side included.
        around: pixels around a tile that are computed with it and dropped; by default half as far again as extractor
            and generator look, which is tried out (:func:`reach`).

    Shape:
        content ``(N, 3, H, W)``, style ``(N or 1, 3, H', W')``, both in [0, 1]
        -> ``(N, 3, H, W)`` in [0, 1], on the CPU.

    Raises:
        ContractError: a generator that is not tileable, a fusion that cannot fuse a part of a picture, or components
        that look further than a tile allows.
    """
    check_images(content, style)
    padded, padding = pad_to_multiple(content, pipeline.multiple)
    with torch.no_grad():
        if around is None:
            around = _surroundings(pipeline, tile)
        shared = _Shared(pipeline, style)
        tiles = list(tiles_of((padded.shape[-2], padded.shape[-1]), tile, around, shared.multiple))
        shared.survey(padded, tiles, lambda number, values: listener(number, 3 * len(tiles), values))
        made = torch.empty(padded.shape)
        for number, item in enumerate(tiles, start=1):
            top, bottom, left, right = item.core
            image = shared.picture(item.cut(padded), (item.outer[0], item.outer[2]))
            made[..., top:bottom, left:right] = item.inside(image).cpu()
            listener(2 * len(tiles) + number, 3 * len(tiles), {"picture": number})
    return crop_back(made, padding)


def reach(pipeline: Pipeline, farthest: int) -> int:
    """How far extractor and generator look together, in pixels: tried out on a strip of noise.

    Some columns in its middle are changed while the statistics of the whole are held; what changes with them depends
    on them.

    Returns:
        More than ``farthest`` where they look further.
    """
    with torch.no_grad():
        random = torch.Generator().manual_seed(0)
        multiple = _multiple(pipeline)
        far = (farthest // multiple + 1) * multiple
        height, width = 2 * multiple, 2 * far + multiple
        strip = torch.rand(1, 3, height, width, generator=random)
        changed = strip.clone()
        changed[..., far : far + multiple] = torch.rand(1, 3, height, multiple, generator=random)
        shared = _Shared(pipeline, torch.rand(1, 3, 64, 64, generator=random))
        shared.survey(strip, [Tile((0, height, 0, width), (0, height, 0, width))])
        difference = (shared.picture(strip) - shared.picture(changed)).abs().amax(dim=(0, 1, 2)).cpu()
    depends = [int(column) for column in (difference > SEEN).nonzero()]
    return max([0, *(far - column for column in depends), *(column - far - multiple + 1 for column in depends)])


class _Shared:
    """What all tiles of a picture have in common: the style's maps, and the statistics of the whole."""

    def __init__(self, pipeline: Pipeline, style: Tensor) -> None:
        self.pipeline, self.levels = pipeline, pipeline.levels
        self.multiple = _multiple(pipeline)
        self._of_parts = _of_parts(pipeline)
        self.style = style.to(pipeline.device)
        self.style_maps = pipeline.extract(self.style, pipeline.layers)

    def survey(
        self,
        picture: Tensor,
        tiles: Sequence[Tile],
        progress: Callable[[int, Mapping[str, float]], None] = lambda number, values: None,
    ) -> None:
        """Two rounds: the statistics of the content's maps, and those of the fused maps."""

        def statistics(name: str, first: int, maps_of: Callable[[Tensor], FeatureMaps]) -> dict[str, Statistics]:
            running = {level: RunningStatistics() for level in self.levels}
            for number, item in enumerate(tiles, start=1):
                for level, value in maps_of(item.cut(picture)).items():
                    running[level].add(item.inside(value, self.pipeline.layout[level].stride))
                progress(first + number, {name: number})
            return {level: of_level.result() for level, of_level in running.items()}

        self._fuse_part = self._of_parts(self.style_maps, statistics("content", 0, self._extract))
        self._of_fused = statistics("fused", len(tiles), lambda part: self._fuse(self._extract(part)))

    def picture(self, part: Tensor, origin: tuple[int, int] = (0, 0)) -> Tensor:
        """The stylised part, its surroundings included; ``origin``: the row and column at which it begins.

        Shape: ``(N, 3, h, w)`` -> the same.
        """
        part = part.to(self.pipeline.device)
        maps = self._extract(part)
        context = replace(
            self.pipeline.context(part, self.style, maps, self.style_maps),
            whole=self._of_fused,
            origin=torch.tensor([origin], device=self.pipeline.device),
        )
        return self.pipeline.generate(self._fuse(maps), part, context, Padding(part.shape[-2], part.shape[-1], 0, 0))

    def _extract(self, part: Tensor) -> FeatureMaps:
        return self.pipeline.extract(part.to(self.pipeline.device), self.levels)

    def _fuse(self, maps: FeatureMaps) -> FeatureMaps:
        return {level: self._fuse_part(maps, level) for level in self.levels}


def _surroundings(pipeline: Pipeline, tile: int) -> int:
    """Half as far again as the components look at noise; half of a tile at least is the tile itself."""
    most = tile // 6
    looks = reach(pipeline, most)
    if looks > most:
        raise ContractError(
            f"extractor and generator look further than {most} px, so tiles of {tile} px would show seams.",
            hint=f"Try --set run.tile={2 * tile}, or --set run.tile=0 to make the picture at once.",
        )
    return looks + looks // 2


def _multiple(pipeline: Pipeline) -> int:
    """What the edges of tiles are multiples of, so that they fall between the cells of every level."""
    return math.lcm(pipeline.multiple, *(pipeline.layout[name].stride for name in pipeline.levels))


def can_tile(pipeline: Pipeline) -> bool:
    """Whether generator and fusion can work by tiles; a fusion may still refuse with its options."""
    return "tileable" in pipeline.traits and hasattr(pipeline.modules["fusion"], "of_parts")


def _of_parts(pipeline: Pipeline) -> Callable[..., Any]:
    if "tileable" not in pipeline.traits:
        raise ContractError(
            "this extractor with its options, or this generator needs the whole picture at once, so they cannot work "
            "by tiles.",
            hint="Choose a smaller --size, or a generator that is tileable: gsx plugins list --kind generator.",
        )
    of_parts = getattr(pipeline.modules["fusion"], "of_parts", None)
    if of_parts is None:
        raise ContractError(
            "this fusion needs the whole picture at once, so it cannot work by tiles.",
            hint="Choose a smaller --size, or --fusion adain.",
        )
    return of_parts  # type: ignore[no-any-return]
