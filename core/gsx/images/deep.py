"""Grey values of more than 8 bits, scaled to [0, 1]. Pillow's own conversion would clip them at 255."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

DEEP_MODES = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})
"""Pillow's modes with one channel of 16 or 32 bits."""


def grey_to_unit(values: NDArray[Any], mode: str, bits: int) -> tuple[NDArray[np.float32], str]:
    """Scale grey values to [0, 1].

    16-bit integers are divided by their type's maximum. 32-bit integers (a 16-bit PGM arrives as such) are treated so
    where they fit into 16 bits; floats in [0, 1] are kept. Anything else has no known white, and is stretched from its
    own least value to its own greatest.

    Args:
        values: ``(H, W)``, any numeric type.
        mode: one of ``DEEP_MODES``.
        bits: 12 or 16, of the 16-bit modes.

    Returns:
        float32 ``(H, W)`` in [0, 1], and a note that says what was done.

    Raises:
        ValueError: NaN or infinite values.
    """
    if mode.startswith("I;16"):
        return _divided(values, 2**bits - 1), f"{bits}-bit scaled"
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("its values include NaN or infinity")
    if mode == "I" and low >= 0 and high <= 65535:
        return _divided(values, 65535), "16-bit scaled"
    if mode == "F" and low >= 0 and high <= 1:
        return values.astype(np.float32), "32-bit float kept"
    span = high - low or 1.0
    unit = ((values.astype(np.float64) - low) / span).astype(np.float32)
    return unit, f"32-bit values stretched from [{low:g}, {high:g}]"


def _divided(values: NDArray[Any], white: int) -> NDArray[np.float32]:
    # A 12-bit file may hold stray higher bits.
    unit: NDArray[np.float32] = values.astype(np.float32) / np.float32(white)
    return np.minimum(unit, np.float32(1), out=unit)
