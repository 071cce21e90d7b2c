"""Every rule for executors can fail: a mutant of a sound one for each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gsx.api import CellOutcome, ExecutorSpec, Options, Spec
from gsx.testing import checks_for
from gsx.testing.checks import executor


class Sound:
    """One cell after another, in one worker."""

    def __init__(self, options: Options) -> None:
        pass

    def slots(self, device: str) -> str:
        return "1 worker"

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        worker = open_worker({"OMP_NUM_THREADS": "1"})
        try:
            for job in jobs:
                yield worker.run(job, timeout=timeout)
        finally:
            worker.close()


class Mute(Sound):
    """Does not say what is there."""

    def slots(self, device: str) -> str:
        return ""


class Wordy(Sound):
    """Says it in several lines."""

    def slots(self, device: str) -> str:
        return "1 worker\nhere"


class Lazy(Sound):
    """Leaves the last cell out."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        return super().run(jobs[:-1], open_worker, timeout=timeout, device=device)


class Eager(Sound):
    """Does the first cell twice."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        return super().run([jobs[0], *jobs], open_worker, timeout=timeout, device=device)


class Hasty(Sound):
    """Has a time limit of its own."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        return super().run(jobs, open_worker, timeout=1, device=device)


class Numeric(Sound):
    """Sets variables to numbers, which no process takes."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        return super().run(
            jobs, lambda environment: open_worker({"OMP_NUM_THREADS": 1}), timeout=timeout, device=device
        )


class Untidy(Sound):
    """Never closes its worker."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        worker = open_worker({})
        for job in jobs:
            yield worker.run(job, timeout=timeout)


class Optimist(Sound):
    """Closes its worker only where nobody stops it."""

    def run(self, jobs: Any, open_worker: Any, *, timeout: float, device: str) -> Iterator[CellOutcome]:
        worker = open_worker({})
        for job in jobs:
            yield worker.run(job, timeout=timeout)
        worker.close()


def spec(target: type) -> ExecutorSpec:
    return ExecutorSpec(name="mutant", summary="for a test", target=f"{__name__}:{target.__name__}")


CASES = [
    (spec(Mute), "says_what_is_there", "expected words"),
    (spec(Wordy), "says_what_is_there", "several lines"),
    (spec(Lazy), "every_cell_once", "cell 2 has 0 outcomes"),
    (spec(Eager), "every_cell_once", "cell 0 has 2 outcomes"),
    (spec(Hasty), "every_cell_once", "a limit of 1 s, not 60"),
    (spec(Numeric), "every_cell_once", "have to be strings"),
    (spec(Untidy), "closes_its_workers", "left open when all cells are done"),
    (spec(Optimist), "closes_its_workers", "left open when it is stopped after the first cell"),
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """These are all in this process: a worker is closed by now, or never."""
    monkeypatch.setattr(executor, "PATIENCE", 0.1)


@pytest.mark.parametrize(
    ("mutant", "check", "message"), CASES, ids=[mutant.target.split(":")[1] for mutant, *_ in CASES]
)
def test_mutant(breaks: Callable[[Spec, str, str], None], mutant: Spec, check: str, message: str):
    breaks(mutant, check, message)


def test_the_sound_one_passes():
    own = {function.__name__ for function in executor.CHECKS}
    for check in checks_for(spec(Sound)):
        if check.name in own:
            check()


def test_every_rule_has_a_mutant():
    assert {check for _, check, _ in CASES} == {function.__name__ for function in executor.CHECKS}
