"""The colour bar under a heat map: the same colours over the same grey as the picture shows."""

from __future__ import annotations

import math

import matplotlib

COLOURS = "RdBu_r"
"""The diverging colours that runs draw heat maps in."""

PALEST = 0.6
"""Where within the colours a value next to zero starts, of 1."""

_STOPS = 24


def colour_bar(lowest: float = -1.0) -> str:
    """A CSS gradient from the lowest to the highest value, see-through where the value is near zero.

    A map hides its picture the more, the larger its magnitude; the bar does the same to the grey behind it.

    Args:
        lowest: where it begins, of the highest value: -1, or 0 for a map without negative values.
    """
    colours = matplotlib.colormaps[COLOURS]
    stops = []
    for index in range(_STOPS + 1):
        relative = lowest + (1 - lowest) * index / _STOPS
        strong = math.copysign(PALEST + (1 - PALEST) * abs(relative), relative)
        red, green, blue, _ = colours((strong + 1) / 2)
        opacity = 0.9 * abs(relative)
        colour = f"rgba({255 * red:.0f},{255 * green:.0f},{255 * blue:.0f},{opacity:.3f})"
        stops.append(f"{colour} {100 * index / _STOPS:.1f}%")
    return f"linear-gradient(to right,{','.join(stops)})"
