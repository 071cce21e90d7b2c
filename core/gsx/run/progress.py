"""Whether an optimisation got anywhere."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_GAIN = 0.1
"""Share of the first loss that has to be gained for the result to be more than a retouched content."""

SMALL = 1e-6
"""A first loss below this asks for nothing, so that nothing gained is no failure."""


def stalled(losses: Sequence[float]) -> str | None:
    """A sentence for a run whose loss hardly fell; None where it did, or where there was none to follow."""
    if len(losses) < 2 or losses[0] < SMALL or min(losses) <= (1 - LEAST_GAIN) * losses[0]:
        return None
    return f"the optimisation gained next to nothing: its loss went from {losses[0]:.4g} to {min(losses):.4g} at best"
