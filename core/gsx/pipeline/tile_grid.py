"""Tiles: where a large picture is cut, and how much around each tile is computed with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor


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
