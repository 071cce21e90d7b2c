"""The toy metric."""

from __future__ import annotations

from typing import Any

from gsx.api import Outputs


class ToyMetric:
    """Mean |stylised − content| over all pictures seen."""

    def __init__(self, options: Any) -> None:
        self._values: list[float] = []

    def update(self, outputs: Outputs) -> None:
        """Take a batch."""
        self._values += (outputs.stylized - outputs.content).abs().mean((1, 2, 3)).tolist()

    def compute(self) -> dict[str, float]:
        """The mean."""
        return {"difference": sum(self._values) / len(self._values)}
