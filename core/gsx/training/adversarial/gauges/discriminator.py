"""The discriminator: does it judge, does it merely remember, has it stopped teaching?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gsx.training.adversarial.gauges.gauge import Gauge, not_applicable

LARGEST_GAP = 0.3
FEWEST_PAINTINGS = 8
"""Held-out ones below which the gap is chance."""
NEAR_ZERO, STEPS = 0.05, 500
"""A loss below this share of what an undecided discriminator pays, for so many steps, teaches nothing."""


def memory_gap(seen: Sequence[Tensor], unseen: Sequence[Tensor], fake: Sequence[Tensor]) -> tuple[Gauge, Gauge]:
    """Accuracy on what it was trained on, and how much less it is on paintings that it never saw.

    A patch counts as right on its side of the middle between the means of seen and generated ones.

    Shape:
        logits, one ``(N, 1, h, w)`` per scale.
    """
    accuracies, gaps = [], []
    for on_seen, on_unseen, on_fake in zip(seen, unseen, fake, strict=True):
        middle = (on_seen.mean() + on_fake.mean()) / 2
        right = (on_seen > middle).float().mean()
        accuracies.append((right + (on_fake < middle).float().mean()) / 2)
        gaps.append(right - (on_unseen > middle).float().mean())
    gap = torch.stack(gaps).mean().item()
    return (
        Gauge("discriminator accuracy", torch.stack(accuracies).mean().item()),
        Gauge(
            "discriminator gap",
            gap,
            gap <= LARGEST_GAP,
            f"at most {LARGEST_GAP}",
            "The discriminator remembers its pictures. Try more of them, train.augment with colour and cutout, or "
            "train.r1=5.",
        ),
    )


def silent(lines: Sequence[Mapping[str, Any]], undecided: float) -> Gauge:
    """The largest discriminator loss of the last steps, as a share of what an undecided one pays.

    Args:
        lines: of metrics.jsonl.
        undecided: the loss where every logit is 0; a Wasserstein critic's is 0, and has no such bound.
    """
    name = "discriminator loss"
    if undecided <= 0:
        return not_applicable(name, "this loss has no value at which the discriminator is sure")
    losses = [
        (line["step"], line["terms"]["discriminator"]) for line in lines if "discriminator" in line.get("terms", {})
    ]
    recent = [loss for step, loss in losses if step > losses[-1][0] - STEPS] if losses else []
    if not recent or losses[-1][0] - losses[0][0] < STEPS:
        return not_applicable(name, f"the discriminator has not been at it for {STEPS} steps")
    value = max(recent) / undecided
    return Gauge(
        name,
        value,
        value >= NEAR_ZERO,
        f"at least {NEAR_ZERO} of an undecided one's, once in {STEPS} steps",
        "The discriminator is sure of everything and teaches nothing. Try a smaller train.discriminator.lr, "
        "train.r1=5, or --loss lsgan.",
    )
