"""metrics.jsonl of a training: read back when it is taken up, whatever became of the file meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gsx.store.atomic import write_text

METRICS_FILE = "metrics.jsonl"


class _GaugeReading(BaseModel):
    name: str
    healthy: bool | None
    value: float | None


class _Line(BaseModel):
    """What later steps rely on; whatever else a line holds is kept as it is."""

    model_config = ConfigDict(extra="allow", strict=True)

    step: int = Field(ge=0)
    terms: dict[str, float] = {}
    gauges: list[_GaugeReading] = []


def read_metrics(run: Path) -> tuple[list[dict[str, Any]], str]:
    """The lines so far, and what is to be said where some are lost: half a line after a power cut, or no reading."""
    try:
        texts = (run / METRICS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return [], f"{METRICS_FILE} is missing, so the curves begin anew."
    lines = [line for text in texts if (line := _line(text)) is not None]
    lost = len(texts) - len(lines)
    return lines, f"Lines of {METRICS_FILE} that cannot be read: {lost}. The curves lack them." if lost else ""


def write_metrics(run: Path, lines: Sequence[dict[str, Any]]) -> None:
    """All lines, whole. Errors as :func:`~gsx.store.atomic.write_with`."""
    write_text(run / METRICS_FILE, "".join(json.dumps(line) + "\n" for line in lines))


def _line(text: str) -> dict[str, Any] | None:
    try:
        line: Any = json.loads(text)
        _Line.model_validate(line)
    except (ValueError, ValidationError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
