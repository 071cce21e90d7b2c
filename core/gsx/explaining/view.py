"""Views of signed maps: colours that a person can read, with zero neutral and the scale stated."""

from __future__ import annotations

import math

import matplotlib
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate

COLOURS = "RdBu_r"
"""Diverging: red for positive, blue for negative; readable with the common colour blindnesses."""

PALEST = 0.6
"""Where within the colours a value next to zero starts, of 1: how see-through it is says how small it is, and a colour
that paled as well would leave a third of the scale grey."""


FINEST = 64
"""Cells along the longer side of a view: of single pixels no eye makes out which way they lean."""


def in_cells(heat: Tensor, *, mean: bool = False) -> tuple[Tensor, int]:
    """A map as it is shown: summed over square cells where it is finer than an eye makes out, and their side.

    Args:
        mean: averaged instead; for a map whose sum means nothing.

    Shape:
        heat ``(h, w)`` -> ``(h', w')``, the longer at most :data:`FINEST`; where a side is no multiple of the cell's,
        cells share a row or column, and the sum is kept on the whole but not to the last digit.
    """
    height, width = heat.shape
    side = math.ceil(max(height, width) / FINEST)
    if side == 1:
        return heat, 1
    grid = (math.ceil(height / side), math.ceil(width / side))
    averaged = adaptive_avg_pool2d(heat[None], grid)[0]
    return averaged if mean else averaged * (height * width / math.prod(grid)), side


def scale_of(heat: Tensor) -> float:
    """The value that gets the full colour: the largest magnitude.

    Shape:
        heat ``(h, w)`` -> a number ≥ 0.
    """
    return heat.abs().max().item()


def overlay(heat: Tensor, picture: Tensor, scale: float) -> Tensor:
    """A signed map laid over a greyed picture: its sign as colour, its magnitude as how much that hides the picture.

    Args:
        scale: the magnitude that gets the full colour; larger ones are clipped.

    Shape:
        heat ``(h, w)``, picture ``(3, H, W)`` in [0, 1] -> ``(3, H, W)`` in [0, 1].
    """
    picture = picture.detach().cpu()
    relative = (heat.detach().cpu().float() / scale).clamp(-1, 1) if scale > 0 else torch.zeros_like(heat.cpu())
    relative = interpolate(relative[None, None], size=picture.shape[-2:], mode="bilinear", align_corners=False)[0, 0]
    strong = torch.sign(relative) * (PALEST + (1 - PALEST) * relative.abs())
    colours = torch.from_numpy(matplotlib.colormaps[COLOURS](((strong + 1) / 2).numpy())[..., :3])
    grey = (0.299 * picture[0] + 0.587 * picture[1] + 0.114 * picture[2]) * 0.75 + 0.25
    opacity = 0.9 * relative.abs()
    return (grey * (1 - opacity) + colours.permute(2, 0, 1).float() * opacity).clamp(0, 1)
