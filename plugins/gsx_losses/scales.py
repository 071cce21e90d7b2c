"""One number from the logit maps of all scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def average(logits: Sequence[Tensor], value: Callable[[Tensor], Tensor] = lambda logit: logit) -> Tensor:
    """Mean of ``value(logit)`` over samples and positions of each scale, then over scales, in float32.

    Every scale counts the same, however many positions it has.

    Shape:
        maps ``(N, 1, h, w)`` -> ``()``.
    """
    return torch.stack([value(scale.float()).mean() for scale in logits]).mean()
