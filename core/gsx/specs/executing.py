"""What passes between a benchmark and the executor that runs its cells. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

CellStatus = Literal["done", "diverged", "error", "timeout"]


@dataclass(frozen=True)
class CellJob:
    """One cell of a benchmark, as an executor gets it: its key, its name for people, and what its worker is told."""

    key: str
    label: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class CellOutcome:
    """How a cell ended.

    ``reason`` says why it is not done. ``exit_code`` is that of the error, where there was one. ``files`` are those of
    its folder, by path within it, where the worker did not write them to the benchmark's folder itself.
    """

    key: str
    status: CellStatus
    reason: str | None = None
    exit_code: int | None = None
    files: Mapping[str, bytes] | None = field(default=None, repr=False)


class CellWorker(Protocol):
    """A process that lives on over many cells.

    ``run`` does one cell and always answers: a crash of the process, and ``timeout`` seconds without an answer, are
    outcomes, after which the next cell gets a fresh process. With ``carry`` the cell's files come with the outcome.
    ``close`` ends the process, also in the middle of a cell (from another thread).
    """

    def run(self, job: CellJob, *, timeout: float, carry: bool = False) -> CellOutcome: ...
    def close(self) -> None: ...


class Executor(Protocol):
    """``Class(options)``: where the cells of a benchmark run.

    ``slots`` says in words what is there to run them, and raises ExecutorError where there is nothing; it is called
    first. ``run`` yields outcomes as cells finish, each job's once. ``open_worker(environment)`` makes a worker whose
    process has these variables set before anything is imported, such as ``CUDA_VISIBLE_DEVICES`` and
    ``OMP_NUM_THREADS``; it can be pickled, for workers elsewhere. Closing the iterator stops everything at once.

    ``device`` is what the user asked for: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
    """

    def slots(self, device: str) -> str: ...
    def run(
        self,
        jobs: Sequence[CellJob],
        open_worker: Callable[[Mapping[str, str]], CellWorker],
        *,
        timeout: float,
        device: str,
    ) -> Iterator[CellOutcome]: ...
