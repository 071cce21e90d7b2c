"""The learning rate over a training."""

from __future__ import annotations

import math

LAST_RATE = 0.002
"""The rate never falls below this share of its peak."""


def rate(progress: float, peak: float, warmup: float, *, falls: bool = True) -> float:
    """Rises linearly for ``warmup``, then falls as half a cosine.

    Args:
        progress: share of the training that is done, in [0, 1].
        peak: the largest rate.
        warmup: share of the training in which it rises, in [0, 1).
        falls: otherwise it stays at its peak.
    """
    if progress < warmup:
        return peak * max(progress / warmup, LAST_RATE)
    if not falls:
        return peak
    return peak * max(0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))), LAST_RATE)
