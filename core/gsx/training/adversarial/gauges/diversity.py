"""Diversity: how far the results of one content in several styles are from each other."""

from __future__ import annotations

from torch import Tensor, pdist

from gsx.training.adversarial.gauges.gauge import Gauge

LEAST = 0.02


def diversity(results: Tensor) -> Gauge:
    """Mean absolute difference of two results of one content, in [0, 1]. Alone it misses a collapse to noise.

    Shape:
        results ``(M, S, 3, H, W)`` for M contents in S styles, at least two.
    """
    distances = [pdist(content.flatten(1), p=1) / content[0].numel() for content in results]
    value = sum(distance.mean().item() for distance in distances) / len(distances)
    return Gauge(
        "diversity",
        value,
        value >= LEAST,
        f"at least {LEAST}",
        "The results of different styles are nearly one picture. Try a larger weight of the style's term.",
    )
