"""Rules for executors, shown by cells that cost nothing."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gsx.errors import MissingExtraError
from gsx.specs.executing import CellJob, CellOutcome
from gsx.specs.interfaces import Skip
from gsx.testing.cells import TIMEOUT, Opening, still_open
from gsx.testing.compare import require
from gsx.testing.subject import Subject

JOBS = tuple(CellJob(f"key-{number}", f"cell {number}", {}) for number in range(3))
PATIENCE = 10.0
"""Seconds that a worker may take to be closed after the iterator was: elsewhere that is heard of later."""


def says_what_is_there(subject: Subject) -> None:
    """``slots`` says in one line what is there to run cells."""
    said = _executor(subject).slots("cpu")
    require(isinstance(said, str) and bool(said.strip()), f"slots() gives {said!r}, expected words")
    require("\n" not in said, "slots() gives several lines")


def every_cell_once(subject: Subject) -> None:
    """Each cell has one outcome, the one that its worker gave, and the worker was told the time limit."""
    with TemporaryDirectory() as folder:
        outcomes = list(_run(subject, Path(folder)))
    odd = [outcome for outcome in outcomes if not isinstance(outcome, CellOutcome)]
    require(not odd, f"it yields {odd[:1]!r}, expected a CellOutcome")
    counts = Counter(outcome.key for outcome in outcomes)
    wrong = {job.label: counts[job.key] for job in JOBS if counts[job.key] != 1}
    require(not wrong, "; ".join(f"{label} has {count} outcomes" for label, count in wrong.items()))
    require(len(counts) == len(JOBS), f"it yields outcomes of {', '.join(counts)}")
    failed = [outcome.reason for outcome in outcomes if outcome.status != "done"]
    require(not failed, f"a cell that its worker did, or would have done, is not done: {failed[:1]}")


def closes_its_workers(subject: Subject) -> None:
    """Every worker is closed when the cells are done, and when the benchmark is stopped after the first."""
    for stop, when in ((False, "when all cells are done"), (True, "when it is stopped after the first cell")):
        with TemporaryDirectory() as folder:
            outcomes = _run(subject, Path(folder))
            if stop:
                next(outcomes)
                outcomes.close()
            else:
                list(outcomes)
            left, until = still_open(Path(folder)), time.monotonic() + PATIENCE
            while left and time.monotonic() < until:
                time.sleep(0.05)
                left = still_open(Path(folder))
        require(not left, f"{len(left)} of its workers are left open {when}")


def _executor(subject: Subject) -> Any:
    try:
        return subject.fresh()
    except MissingExtraError as error:
        raise Skip(error.message) from error


def _run(subject: Subject, folder: Path) -> Any:
    """The iterator over outcomes, after ``slots`` as in a benchmark."""
    executor = _executor(subject)
    executor.slots("cpu")
    return executor.run(JOBS, Opening(folder), timeout=TIMEOUT, device="cpu")


CHECKS = (says_what_is_there, every_cell_once, closes_its_workers)
