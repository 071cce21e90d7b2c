"""What a run reports while it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Screen(Protocol):
    """What a run shows while it works; the command line has a rich one, Python a silent one."""

    def step(self, stage: str, index: int, total: int, values: Mapping[str, float]) -> None:
        """Step ``index`` of ``total`` of a stage is done. May raise :class:`gsx.api.Cancelled`."""


class SilentScreen:
    """Shows nothing."""

    def step(self, stage: str, index: int, total: int, values: Mapping[str, float]) -> None:
        """Nothing to see."""
