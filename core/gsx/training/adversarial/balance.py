"""The adaptive weight of the adversarial loss."""

from __future__ import annotations

import math
from typing import Literal

SMOOTHING = 0.99
"""Share of the old value in the new one."""


class Balance:
    """λ = clamp(pull · ‖g_perceptual‖ / ‖g_adversarial‖, 0, largest), smoothed; or a fixed λ.

    Both gradients are those at the stylised picture, so that they cost nothing extra. A weight that follows the ratio
    makes losses comparable whose gradients differ in size by orders of magnitude.

    Source: Esser et al., "Taming Transformers for High-Resolution Image Synthesis", CVPR 2021, eq. 7 (there at the
    last layer, with a pull of 1).

    Args:
        weight: ``"adaptive"``, or λ itself.
        pull: share of the other terms' gradient that the adversarial one is brought to.
        largest: of λ.
    """

    def __init__(self, weight: float | Literal["adaptive"], pull: float = 0.2, largest: float = 10.0) -> None:
        self.pull, self.largest = pull, largest
        self.fixed = None if weight == "adaptive" else float(weight)
        self.value: float | None = None

    def current(self) -> float:
        """λ as it is; 0 where it was never measured."""
        return self.fixed if self.fixed is not None else self.value or 0.0

    def update(self, perceptual: float, adversarial: float) -> float:
        """λ for this step, from the norms of the two gradients; numbers that are not finite leave it as it was."""
        if self.fixed is not None:
            return self.fixed
        if math.isfinite(perceptual) and math.isfinite(adversarial) and adversarial > 0:
            now = min(self.pull * perceptual / adversarial, self.largest)
            self.value = now if self.value is None else SMOOTHING * self.value + (1 - SMOOTHING) * now
        return self.current()
