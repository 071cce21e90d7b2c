"""The toy tracker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class ToyTracker:
    """Writes ``tracked/toy-diary.jsonl``: the recipe's generator, then the numbers of each step, then the end."""

    def __init__(self, options: Any, folder: Path, recipe: Mapping[str, Any]) -> None:
        file = folder / "tracked" / "toy-diary.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._stream = file.open("a", encoding="utf-8")
        self._write({"generator": recipe["generator"]["name"]})

    def log(self, numbers: Mapping[str, float], step: int) -> None:
        """Write them down."""
        self._write({"step": step, **numbers})

    def finish(self) -> None:
        """The last line."""
        self._write({"finished": True})
        self._stream.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(line) + "\n")
