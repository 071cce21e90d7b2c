"""Processes of this machine, one per GPU or share of its cores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from gsx.api import CellJob, CellOutcome, CellWorker, ExecutorError
from gsx_executors import LocalOptions
from gsx_executors.cores import cells_at_once, usable_cores
from gsx_executors.gpus import visible_gpus


class Local:
    """A pool with a slot per worker: each takes the next cell when it is done with one."""

    def __init__(self, options: LocalOptions) -> None:
        self.options = options

    def slots(self, device: str) -> str:
        places = self.places(device)
        gpus = [place["CUDA_VISIBLE_DEVICES"] for place in places if "CUDA_VISIBLE_DEVICES" in place]
        count = f"{len(places)} worker process{'' if len(places) == 1 else 'es'}"
        if gpus:
            return f"{count}, on GPU {', '.join(dict.fromkeys(gpus))}"
        threads = places[0]["OMP_NUM_THREADS"]
        return f"{count} of {threads} thread{'' if threads == '1' else 's'}"

    def places(self, device: str) -> list[dict[str, str]]:
        """The environment of each worker.

        Raises:
            ExecutorError: a GPU was asked for, and there is none.
        """
        gpus = visible_gpus() if device == "auto" or device.startswith("cuda") else []
        if device.startswith("cuda") and not gpus:
            raise ExecutorError(f"run.device is {device}, and this machine has no GPU that torch can use.")
        if gpus:
            chosen = gpus
            if ":" in device:
                index = int(device.partition(":")[2])
                if index >= len(gpus):
                    raise ExecutorError(f"run.device is {device}, and this machine's GPUs are 0 to {len(gpus) - 1}.")
                chosen = [gpus[index]]
            count = self.options.workers or len(chosen)
            return [{"CUDA_VISIBLE_DEVICES": chosen[index % len(chosen)]} for index in range(count)]
        count = self.options.workers or cells_at_once()
        threads = str(self.options.threads or max(1, usable_cores() // count))
        return [{"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}] * count

    def run(
        self,
        jobs: Sequence[CellJob],
        open_worker: Callable[[Mapping[str, str]], CellWorker],
        *,
        timeout: float,
        device: str,
    ) -> Iterator[CellOutcome]:
        """Outcomes as they come; closing the iterator kills the workers."""
        waiting: queue.SimpleQueue[CellJob] = queue.SimpleQueue()
        for job in jobs:
            waiting.put(job)
        outcomes: queue.SimpleQueue[CellOutcome | BaseException] = queue.SimpleQueue()
        workers = [open_worker(place) for place in self.places(device)[: len(jobs)]]
        stopped = threading.Event()

        def work(worker: CellWorker) -> None:
            while not stopped.is_set():
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    outcomes.put(worker.run(job, timeout=timeout))
                except BaseException as error:  # noqa: BLE001 - raised again by whoever reads the outcomes
                    outcomes.put(error)
                    return

        threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
        try:
            for thread in threads:
                thread.start()
            for _ in jobs:
                outcome = outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            stopped.set()
            for worker in workers:
                worker.close()
            for thread in threads:
                thread.join()
