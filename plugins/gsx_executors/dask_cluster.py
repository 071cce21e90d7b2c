"""A dask.distributed cluster: the same cells, run where its workers are."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gsx.api import CellJob, CellOutcome, CellWorker, ExecutorError, MissingExtraError
from gsx_executors import DaskOptions
from gsx_executors.dask_capacity import GPU, Capacity, check_pictures, check_versions, own_versions
from gsx_executors.dask_connection import POLL, Watch, connected
from gsx_executors.dask_trial import trial_slots

if TYPE_CHECKING:
    from distributed import Client, Future


class Dask:
    """Hands cells to the scheduler at ``scheduler``, or to a cluster on this machine where none is named.

    Each dask worker keeps cell worker processes beside it, one per slot (:class:`gsx_executors.dask_cells.Cells`). The
    cells of a lost worker run again on another. Results come as cells finish, with their files, which the client
    writes: workers need to see the pictures, and not the benchmark's folder.

    Dask's own protocol sends pickles between client, scheduler and workers: who reaches the scheduler's port runs code
    on all of them. Only name a scheduler that you trust, on a network that you trust or with dask's TLS.
    """

    def __init__(self, options: DaskOptions) -> None:
        if find_spec("distributed") is None:
            raise MissingExtraError(
                "executor 'dask' needs the package distributed, which is not installed.",
                hint="pip install 'gsx[dask]'",
            )
        self.options = options

    def slots(self, device: str) -> str:
        _refuse_index(device)
        if self.options.scheduler is None:
            return trial_slots(self.options, device)
        with connected(self.options, device) as (_, there):
            hidden = "" if there.gpus or device == "cpu" else f", on processors: none declares a {GPU}"
            return f"{there}{hidden}, at {self.options.scheduler}"

    def run(
        self,
        jobs: Sequence[CellJob],
        open_worker: Callable[[Mapping[str, str]], CellWorker],
        *,
        timeout: float,
        device: str,
    ) -> Iterator[CellOutcome]:
        """Outcomes as they come; closing the iterator ends every cell worker on the cluster.

        Raises:
            ExecutorError: no scheduler, no worker, one that does not fit, or all lost in the middle.
        """
        _refuse_index(device)
        with connected(self.options, device) as (client, there):
            from gsx_executors.dask_cells import Cells

            check_pictures(client, jobs)
            cells = Cells(
                f"gsx-{uuid.uuid4().hex[:12]}",
                open_worker,
                timeout,
                gpus=there.gpus,
                hidden=device == "auto" and not there.gpus,
                versions=own_versions(),
                threads=self.options.threads,
                hosts=there.hosts,
            )
            futures: dict[str, Future] = {}
            try:
                client.register_plugin(cells)
                yield from self._outcomes(client, cells.name, jobs, futures, there)
            finally:
                _stop(client, cells.name, futures)

    def _outcomes(
        self,
        client: Client,
        name: str,
        jobs: Sequence[CellJob],
        futures: dict[str, Future],
        there: Capacity,
    ) -> Iterator[CellOutcome]:
        from distributed import KilledWorker, as_completed

        done = as_completed([], loop=client.loop, with_results=True, raise_errors=False)
        waiting = {job.key: job for job in jobs}
        tries = dict.fromkeys(waiting, 0)
        order = {key: index for index, key in enumerate(waiting)}
        key_of: dict[str, str] = {}

        def submit(job: CellJob) -> None:
            from gsx_executors.dask_cells import run_cell

            key = f"{name}-{job.key}-{tries[job.key]}"
            tries[job.key] += 1
            key_of[key] = job.key
            futures[job.key] = client.submit(
                run_cell,
                name,
                job,
                key=key,
                pure=False,
                resources={GPU: 1} if there.gpus else None,
                priority=-order[job.key],  # as planned: neighbours share their features
            )
            done.add(futures[job.key])

        for job in jobs:
            submit(job)
        watch = Watch(client, there.gpus, self.options)
        while waiting:
            if not done.has_ready():
                watch.look(len(jobs) - len(waiting), len(jobs))
                time.sleep(POLL)
                continue
            future, result = done.next()
            key = key_of[future.key]
            # Told by what came, not by the future's status: that is pending again where its worker was lost since.
            if isinstance(result, CellOutcome):
                outcome = result
            elif isinstance(result, BaseException):  # cancelled
                raise watch.lost(len(jobs) - len(waiting), len(jobs))
            elif isinstance(result[1], KilledWorker):
                if tries[key] <= self.options.retries:
                    submit(waiting[key])
                    continue
                outcome = CellOutcome(key, "error", _killed(result[1]), ExecutorError.exit_code)
            elif isinstance(result[1], ExecutorError):
                raise result[1]
            else:
                # Such as a worker that joined later, without GSX: it would fail every cell there is.
                check_versions(client)
                reason = f"its dask worker failed: {type(result[1]).__name__}: {result[1]}"
                outcome = CellOutcome(key, "error", reason, 1)
            watch.seen()
            del waiting[key]
            futures.pop(key).release()  # the workers need not keep its files
            yield outcome


def _stop(client: Client, name: str, futures: Mapping[str, Future]) -> None:
    """Take back what is not done and end the cell workers; the workers of a lost scheduler end theirs by themselves."""
    if client.status == "running":
        with contextlib.suppress(
            OSError, KeyError
        ):  # lost just now; or a worker is just joining, and has nothing to end
            client.cancel(list(futures.values()), force=True)
            client.unregister_worker_plugin(name)


def _refuse_index(device: str) -> None:
    if ":" in device:
        raise ExecutorError(
            f"run.device is {device}, which names one device of one machine.",
            hint="On a cluster, say --device cuda: each cell takes a GPU of a worker.",
        )


def _killed(error: Any) -> str:
    last = getattr(error.last_worker, "address", error.last_worker)
    return f"every dask worker that ran it was lost, the last of them {last}, as where a machine's memory runs out."
