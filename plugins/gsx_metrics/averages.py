"""Means of named figures over all pictures seen."""

from __future__ import annotations

from torch import Tensor


class Averages:
    """Collects one value per picture under a name, and gives the mean of each name in order of first use."""

    def __init__(self) -> None:
        self._seen: dict[str, list[float]] = {}

    def add(self, name: str, values: Tensor) -> None:
        """Add values of shape ``(N,)``."""
        self._seen.setdefault(name, []).extend(values.detach().tolist())

    def means(self) -> dict[str, float]:
        """Name -> mean; a name without values is left out."""
        return {name: sum(values) / len(values) for name, values in self._seen.items() if values}
