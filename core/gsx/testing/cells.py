"""Workers that cost nothing and write down what becomes of them. Torch-free: an executor may send them anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gsx.specs.executing import CellJob, CellOutcome

TIMEOUT = 60.0
"""Seconds that a cell may take, as the executor is told; it has to tell its workers."""


@dataclass(frozen=True)
class Opening:
    """Opens workers; can be pickled, as those of a benchmark can."""

    folder: Path

    def __call__(self, environment: Mapping[str, str]) -> Worker:
        odd = {name: value for name, value in environment.items() if not isinstance(value, str)}
        if odd:
            raise TypeError(f"the variables of a worker have to be strings: {odd}")
        worker = Worker(self.folder, secrets.token_hex(8))
        worker.note("opened")
        return worker


@dataclass(frozen=True)
class Worker:
    """Does each cell at once, or says why the executor used it wrongly."""

    folder: Path
    name: str

    def note(self, what: str) -> None:
        """Into a file, for it may be in another process."""
        (self.folder / f"{what}-{self.name}").touch()

    def run(self, job: CellJob, *, timeout: float, carry: bool = False) -> CellOutcome:
        """Done, where it was told the time limit."""
        if timeout != TIMEOUT:
            return CellOutcome(job.key, "error", f"its worker is told a limit of {timeout:g} s, not {TIMEOUT:g}")
        return CellOutcome(job.key, "done")

    def close(self) -> None:
        """Written down; a second time changes nothing."""
        self.note("closed")


def still_open(folder: Path) -> set[str]:
    """The workers that were opened with this folder, and not closed."""
    opened, closed = (
        {path.name.partition("-")[2] for path in folder.glob(f"{what}-*")} for what in ("opened", "closed")
    )
    return opened - closed
