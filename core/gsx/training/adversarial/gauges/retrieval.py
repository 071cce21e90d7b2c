"""Style retrieval: can each result be told by its style among many? The primary gauge of collapse."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import mean_std
from gsx.training.adversarial.gauges.gauge import Gauge, broken, not_applicable

LEAST = 0.4
FEWEST_STYLES = 16
DEAD = 1e-6
"""A statistic that varies less than this over styles tells nothing, and is dropped."""


def describe(maps: FeatureMaps) -> Tensor:
    """Mean and deviation of every channel of every layer. Shape: maps ``(N, C, h, w)`` -> ``(N, D)``."""
    return torch.cat([part.flatten(1) for value in maps.values() for part in mean_std(value)], dim=1)


def retrieval(results: Tensor, styles: Tensor) -> Gauge:
    """Share of results whose nearest style, by cosine, is their own.

    Both are centred on their own mean over styles first: what all results have in common (the content, a
    generator's habits) and what all styles have would otherwise decide. Chance is one over the number of styles.

    Shape:
        results ``(M, S, D)`` for M contents in S styles, styles ``(S, D)``, both as :func:`describe` gives them.
    """
    count = len(styles)
    if count < FEWEST_STYLES:
        return not_applicable("style retrieval", f"{count} held-out styles, and it needs {FEWEST_STYLES}")
    if not results.isfinite().all():  # an arg max over NaN would name a style all the same
        return broken("style retrieval")
    spread = styles.std(dim=0)
    alive = spread > DEAD
    centred = (styles - styles.mean(0))[:, alive] / spread[alive]
    own = (results - results.mean(1, keepdim=True))[..., alive] / spread[alive]
    similarity = torch.nn.functional.normalize(own, dim=-1) @ torch.nn.functional.normalize(centred, dim=-1).T
    # Where all results are one there is no nearest style; argmax would name the first, once in S rightly.
    found = similarity.argmax(-1) == torch.arange(count, device=styles.device)
    value = found.float().mean().item()
    return Gauge(
        "style retrieval",
        value,
        value >= LEAST,
        f"at least {LEAST} (chance {1 / count:.2f})",
        "The results no longer depend on the style. Try a larger weight of the style's term, a smaller adversarial "
        "weight, or a smaller train.generator.lr, from a checkpoint before.",
    )
