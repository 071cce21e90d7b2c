"""attention: which positions of the style a fusion takes from, and how decidedly each position of the content does."""

from __future__ import annotations

import math

from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.options import AttentionOptions

EVEN = 1e-6
"""Attention that nowhere departs from even by more than this share of it prefers nothing."""

RECEIVED = ("is attended to less than evenly", "its even share", "is attended to more than evenly")

DECIDED = ("", "attends to all alike", "attends decidedly")
"""What the two maps' values say of a place."""


class Attention:
    """Two maps for each level at which the fusion attends.

    On the style, what a position receives: the mean of its attention over the content's positions, times the number
    of the style's positions, minus 1. So 0 is its even share, 1 twice that, and −1 nothing. On the content, how
    decided a position is: 1 − entropy / log(the style's positions), 0 where it takes from all alike, 1 where from one.

    Attention says where features come from, not what they are worth to the score, which is not asked.
    """

    def __init__(self, options: AttentionOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        found = probe.attention()
        if not found:
            return Explanation(
                null=True,
                null_reason="The fusion does not attend, so there is nothing to show. Try --fusion attention, or "
                "--explainer ablation.",
            )
        maps: dict[str, HeatMap] = {}
        even = True
        for level, attention in found.items():
            received, decided = _received(attention), _decided(attention)
            even = even and received.abs().max().item() <= EVEN and decided.abs().max().item() <= EVEN
            maps[f"received-{level}"] = HeatMap(
                received, "style", f"attention received at {level}, 0 = even share", quantity="other", says=RECEIVED
            )
            maps[f"decided-{level}"] = HeatMap(
                decided, "content", f"how decidedly a position attends at {level}", quantity="other", says=DECIDED
            )
        if even:
            return Explanation(
                null=True, null_reason="The fusion attends to every position of the style alike: it prefers none."
            )
        return Explanation(
            maps=maps,
            notes=(
                "Received: 0 is a style position's even share, 1 twice that, -1 nothing. Decided: 0 where a content "
                "position takes from all of the style alike, 1 where from one place. Attention says where features "
                "come from; what they are worth to the score it does not say.",
            ),
            provenance={"levels": list(found)},
        )


def _received(attention: Tensor) -> Tensor:
    """Shape: ``(N, h, w, h', w')`` -> ``(N, h', w')``."""
    return attention.mean(dim=(1, 2)) * math.prod(attention.shape[-2:]) - 1


def _decided(attention: Tensor) -> Tensor:
    """Shape: ``(N, h, w, h', w')`` -> ``(N, h, w)`` in [0, 1]; 0 where the style has one position."""
    positions = math.prod(attention.shape[-2:])
    if positions == 1:
        return attention[..., 0, 0] * 0
    entropy = -(attention * attention.clamp_min(1e-30).log()).sum(dim=(-2, -1))
    return 1 - entropy / math.log(positions)
