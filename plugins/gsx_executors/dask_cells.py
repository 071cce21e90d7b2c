"""What runs inside a dask worker: cell worker processes that live on over many cells, one for each of its slots.

A cell never runs in the dask worker itself but in a process beside it, so that one that crashes or hangs costs its own
cell, and the dask worker goes on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence

from dask.system import CPU_COUNT
from distributed import Reschedule, Worker, WorkerPlugin, get_worker
from distributed.comm import get_address_host

from gsx.api import CellJob, CellOutcome, CellWorker, ExecutorError
from gsx_executors.dask_capacity import GPU, own_versions, slots_of

IDLE = 60.0
"""Seconds after which a cell worker without work ends: a client that was killed ends nothing any more."""


def run_cell(name: str, job: CellJob) -> CellOutcome:
    """The dask task: one cell on a free slot of the benchmark of this name."""
    cells = get_worker().plugins[name]
    assert isinstance(cells, Cells)
    return cells.run(job)


def missing_files(paths: Sequence[str]) -> list[str]:
    """Those of the files that this machine does not see."""
    return [path for path in paths if not os.path.isfile(path)]


class Cells(WorkerPlugin):
    """The cell workers that one benchmark has beside one dask worker; they end with either.

    Args:
        name: of the benchmark, unique on the cluster.
        gpus: each slot takes a GPU of those that the dask worker declares.
        hidden: GPUs that nobody declares are not used.
        versions: what :func:`gsx_executors.dask_capacity.own_versions` says where the benchmark was started.
        threads: of each slot; None: the cores of the machine, shared out between its slots.
        hosts: host -> slots of all dask workers on it.
    """

    def __init__(
        self,
        name: str,
        open_worker: Callable[[Mapping[str, str]], CellWorker],
        timeout: float,
        *,
        gpus: bool,
        hidden: bool,
        versions: str,
        threads: int | None,
        hosts: Mapping[str, int],
    ) -> None:
        self.name = name
        self._open_worker, self._timeout = open_worker, timeout
        self._gpus, self._hidden, self._versions = gpus, hidden, versions
        self._threads, self._hosts = threads, dict(hosts)

    def setup(self, worker: Worker) -> None:
        """Called by dask on each worker, also on one that joins later."""
        self._lock = threading.Lock()
        self._closed = False
        self._opened: dict[int, CellWorker] = {}
        self._busy: set[int] = set()
        self._ends: dict[int, threading.Timer] = {}
        resources = worker.state.total_resources
        own = slots_of({"nthreads": worker.state.nthreads, "resources": resources}, self._gpus)
        shared = max(own, self._hosts.get(get_address_host(worker.address), 0), 1)
        self._environment = {"OMP_NUM_THREADS": str(self._threads or max(1, CPU_COUNT // shared))}
        self._environment["MKL_NUM_THREADS"] = self._environment["OMP_NUM_THREADS"]
        self._names = _gpu_names(own)
        self._refusal = self._unfit(worker.address, own)

    def _unfit(self, address: str, slots: int) -> str | None:
        """Why no cell can run here. Dask would only log what ``setup`` raises, so that each cell has to say it."""
        if own_versions() != self._versions:
            return f"the dask worker at {address} has {own_versions()}, and the benchmark {self._versions}."
        if self._gpus and len(self._names) < slots:
            given = ",".join(self._names)
            return f"the dask worker at {address} declares {GPU}={slots}, and CUDA_VISIBLE_DEVICES={given} names fewer."
        return None

    def teardown(self, worker: Worker) -> None:
        """End every cell worker, whatever it is doing: the benchmark is over, or this dask worker is."""
        with self._lock:
            self._closed = True
            workers = list(self._opened.values())
            for timer in self._ends.values():
                timer.cancel()
        for one in workers:
            one.close()

    def run(self, job: CellJob) -> CellOutcome:
        """Run a cell on a free slot, and bring its files.

        Raises:
            ExecutorError: this dask worker does not fit, such as one that joined later. Reschedule: it is leaving.
        """
        if self._refusal is not None:
            raise ExecutorError(self._refusal, hint="Stop it; the same command goes on with what is not done.")
        slot, worker = self._take()
        try:
            outcome = worker.run(job, timeout=self._timeout, carry=True)
        finally:
            self._give_back(slot)
        if self._closed:
            # Stopped because this dask worker is leaving, which says nothing about the cell.
            raise Reschedule
        return outcome

    def _take(self) -> tuple[int, CellWorker]:
        with self._lock:
            if self._closed:
                raise Reschedule
            slot = next(number for number in range(len(self._busy) + 1) if number not in self._busy)
            self._busy.add(slot)
            if slot in self._ends:
                self._ends.pop(slot).cancel()
            if slot not in self._opened:
                self._opened[slot] = self._open_worker(self._environment_of(slot))
            return slot, self._opened[slot]

    def _environment_of(self, slot: int) -> dict[str, str]:
        if self._gpus:
            return {**self._environment, "CUDA_VISIBLE_DEVICES": self._names[slot]}
        return {**self._environment, "CUDA_VISIBLE_DEVICES": ""} if self._hidden else self._environment

    def _give_back(self, slot: int) -> None:
        with self._lock:
            self._busy.discard(slot)
            if not self._closed:
                timer = self._ends[slot] = threading.Timer(IDLE, self._end, [slot])
                timer.daemon = True
                timer.start()

    def _end(self, slot: int) -> None:
        with self._lock:
            # A timer that fired while its slot was taken again has been replaced or removed.
            if slot in self._busy or self._ends.get(slot) is not threading.current_thread():
                return
            del self._ends[slot]
            worker = self._opened.pop(slot)
        worker.close()


def _gpu_names(slots: int) -> list[str]:
    """What CUDA_VISIBLE_DEVICES says to each slot: the dask worker may itself have been given only some, or none."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        return [str(index) for index in range(slots)]
    return [name.strip() for name in given.split(",") if name.strip()]
