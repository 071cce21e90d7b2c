"""The toy explainer."""

from __future__ import annotations

from typing import Any

from gsx.api import Explanation, HeatMap, Probe, UnitValue


class ToyExplainer:
    """Gradient times activation, summed over channels for the map and taken from the coefficients for the values."""

    def __init__(self, options: Any) -> None:
        pass

    def explain(self, probe: Probe) -> Explanation:
        """One map and one row per unit."""
        (activation,) = probe.activations()
        heat = (activation.gradient * activation.value).sum(1)
        gradient = probe.gradient()
        return Explanation(
            maps={"gradient": HeatMap(heat, "stylized", "gradient times activation")},
            values=tuple(
                tuple(UnitValue(name, value) for name, value in zip(probe.space.names, row.tolist(), strict=True))
                for row in gradient
            ),
        )
