"""A benchmark in memory: cells without their JSON, figures in arrays, so that ten thousand of them fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gsx.report.bench.benchfile import BenchFile
from gsx.report.bench.cellfile import WorkerFile

Array = NDArray[np.float64]
Direction = Literal["lower", "higher", "none"]
Scope = Literal["pair", "set", "cell"]
Coordinates = tuple[tuple[str, str], ...]
"""``(axis, value as text)``, sorted by axis."""

CONTROLS = {"content": "IDT: content untouched", "style": "TGT: the style itself"}
"""What the two controls are called: the pictures that no method made."""


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """One figure of one metric. Two of them are the same, and their values comparable, only where all of these agree.

    ``scope``: ``pair`` (a value per content and style), ``set`` (one over all pairs) or ``cell`` (of the cell itself).
    """

    metric: str
    figure: str
    version: int
    preprocessing: str
    direction: Direction
    scope: Scope
    summary: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """``ssim``, ``style-distance normalised.mean``."""
        return self.metric if self.figure == self.metric else f"{self.metric} {self.figure}"

    @property
    def measured_by(self) -> str:
        """``vgg16 0a1b2c3d, 256 px; version 1``."""
        return "; ".join(filter(None, (self.preprocessing, f"version {self.version}" if self.version else "")))


@dataclass(frozen=True, slots=True)
class Explained:
    """What the explanations of one id came to in one cell: counts."""

    id: str
    explainer: str
    score: str
    unit: str
    made: int
    null: int
    failed: int
    verdicts: Mapping[tuple[str, str], int]
    """(check, verdict) -> how often."""
    error: str
    """Of the first that failed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``values[p, c]`` is pair ``places[p]``'s figure ``columns[c]``, NaN where there is none.

    ``whole``: the values of columns that belong to the cell and not to a pair, those of set metrics among them.
    """

    key: str
    status: str
    reason: str
    control: Literal["content", "style"] | None
    coordinates: Coordinates
    seed: int
    label: str
    components: tuple[tuple[str, str], ...]
    fingerprint: str
    data: str
    size: int | None
    weights: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    started: str
    worker: WorkerFile | None
    seconds: float | None
    places: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    values: Array
    whole: Mapping[Column, float]
    missing: tuple[str, ...]
    """``metric: why there is none``, each once."""
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A folder under cells/ that is not taken for a cell, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Benchmark:
    """What could be read of a benchmark folder.

    ``cells`` are in planned order, those of older calls after it; ``problems`` are plain sentences.
    """

    folder: Path
    asked: BenchFile
    cells: list[Cell]
    unread: list[Unread]
    unfinished: int
    problems: list[str]

    @property
    def statuses(self) -> Counter[str]:
        """How many cells ended how."""
        return Counter(cell.status for cell in self.cells)
