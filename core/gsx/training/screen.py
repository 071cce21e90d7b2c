"""What a training shows while it works."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Protocol


class Screen(Protocol):
    """The command line has a rich one, Python a silent one; the same shape as a run's."""

    def step(self, stage: str, index: int, total: int, values: Mapping[str, float]) -> None: ...
    def cancelled(self) -> bool: ...
    def note(self, text: str) -> None: ...


class SilentScreen:
    """Shows no progress and never cancels; what the user should know is a Python warning."""

    def step(self, stage: str, index: int, total: int, values: Mapping[str, float]) -> None:
        pass

    def cancelled(self) -> bool:
        return False

    def note(self, text: str) -> None:
        warnings.warn(text, stacklevel=2)
