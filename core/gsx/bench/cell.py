"""What one cell is, before it runs: its place, its recipe or why it has none, and its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gsx.bench.axes import Coordinates, shown_value
from gsx.pipeline.load import Loaded
from gsx.specs.executing import CellJob

FORMAT = 1
"""Of a cell's folder and of bench.json; a step makes old cells run again."""

SECTIONS = ("extractor", "fusion", "generator", "discriminator", "adversarial")
"""The components that make a picture, or that made what makes it."""

Control = Literal["content", "style"]

CONTROLS: dict[Control, str] = {"content": "content untouched", "style": "style itself"}
"""The rows that every table has: the pictures between which a stylised one has to find its place."""


@dataclass(frozen=True)
class Cell:
    """One recipe over all pairs, or a control.

    Args:
        key: 16 hexadecimal digits; the name of its folder.
        loaded: None where it is skipped.
        skipped: why it cannot run, or None.
        job: what a worker is told.
    """

    key: str
    label: str
    coordinates: Coordinates
    seed: int
    loaded: Loaded | None = None
    skipped: str | None = None
    control: Control | None = None
    job: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def record(self, status: str, reason: str | None) -> dict[str, Any]:
        """The part of result.json that does not depend on its running."""
        return {
            "format": FORMAT,
            "key": self.key,
            "status": status,
            "reason": reason,
            "control": self.control,
            "coordinates": {axis: shown_value(value) for axis, value in self.coordinates.items()},
            "seed": self.seed,
            "label": self.label,
            "components": _components(self.loaded, ("extractor",) if self.control else SECTIONS),
            "fingerprint": self.job.get("fingerprint", ""),
            "data": self.job.get("data"),
            "size": self.job.get("size"),
        }

    def as_job(self) -> CellJob:
        """What an executor hands to a worker."""
        return CellJob(self.key, self.label, self.job)


def _components(loaded: Loaded | None, sections: Sequence[str]) -> dict[str, str | None]:
    if loaded is None:
        return {}
    parts = loaded.recipe.parts
    return {section: chosen.name if (chosen := getattr(parts, section)) else None for section in sections}


def key_of(**facts: Any) -> str:
    """16 hexadecimal digits of the sha256 of what determines a cell's figures."""
    text = json.dumps({"format": FORMAT, **facts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refusal_key(coordinates: Coordinates, data: str) -> str:
    """The key of a combination that is refused: it has no recipe to be known by."""
    return key_of(skipped=coordinates, data=data)
