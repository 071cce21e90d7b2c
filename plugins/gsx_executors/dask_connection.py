"""The way to a dask cluster: found before any cell, watched while they run."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gsx.api import ExecutorError
from gsx_executors import DaskOptions
from gsx_executors.dask_capacity import Capacity, capacity, check_versions, slots_of
from gsx_executors.dask_trial import trial

if TYPE_CHECKING:
    from distributed import Client

POLL = 0.05
"""Seconds between looks for what is to come."""

CONNECT = 30.0
"""Seconds for the scheduler to answer, however long the user waits for workers: it is there or it is not."""

LOOK = 5.0
"""Seconds between looks for workers, while no cell ends."""


@contextmanager
def connected(options: DaskOptions, device: str) -> Iterator[tuple[Client, Capacity]]:
    """A client of the cluster, and what it has; a cluster on this machine ends with it.

    Raises:
        ExecutorError: nobody answers, there is no worker, or one that does not fit.
    """
    from distributed import Client

    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        address: Any = options.scheduler
        if address is None:
            address = stack.enter_context(trial(options, device))
        patience = min(options.wait, CONNECT)
        try:
            client = Client(address, timeout=patience, set_as_default=False, name="gsx")
        except (OSError, ValueError, TypeError) as error:
            raise ExecutorError(
                f"no dask scheduler answers at {address} within {patience:g} seconds: {error}",
                hint="Start one (dask scheduler), and name the address that it prints: --scheduler tcp://HOST:8786",
            ) from error
        stack.enter_context(client)
        try:
            yield client, _checked(client, options, device)
        except OSError as error:  # of a call to the scheduler: files are none of ours
            raise ExecutorError(
                f"the connection to the dask scheduler at {address} was lost: {error}",
                hint="What is finished is kept; the same command goes on with the rest, once the scheduler is back.",
            ) from error


def _checked(client: Client, options: DaskOptions, device: str) -> Capacity:
    until = time.monotonic() + options.wait
    while not client.scheduler_info(n_workers=1)["workers"]:
        if time.monotonic() > until:
            raise ExecutorError(
                f"the dask scheduler at {options.scheduler} has no worker, {options.wait:g} s long.",
                hint="Start some: dask worker ADDRESS --nthreads 1; where they queue, raise the option wait.",
            )
        time.sleep(POLL)
    check_versions(client)
    return capacity(client, device)


class Watch:
    """Notices where the scheduler or all workers are gone: dask itself would wait for workers for ever."""

    def __init__(self, client: Client, gpus: bool, options: DaskOptions) -> None:
        self._client, self._gpus, self._options = client, gpus, options
        self.seen()

    def seen(self) -> None:
        """There are some: a cell just ended."""
        self._alive = self._looked = time.monotonic()

    def look(self, finished: int, total: int) -> None:
        """Ask the scheduler, from time to time.

        Raises:
            ExecutorError: it is lost, or there has been none for too long.
        """
        if self._client.status != "running":
            raise self.lost(finished, total)
        now = time.monotonic()
        if now - self._looked < min(LOOK, self._options.wait / 2):
            return
        self._looked = now
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        if any(slots_of(worker, self._gpus) for worker in workers):
            self._alive = now
        elif now - self._alive > self._options.wait:
            kind = "worker with a GPU" if self._gpus else "worker"
            raise ExecutorError(
                f"no dask {kind} is left; {finished} of {total} cells are finished and kept.",
                hint="Start workers again; the same command goes on with the others.",
            )

    def lost(self, finished: int, total: int) -> ExecutorError:
        """What to raise where the scheduler is gone, or gave back cells that nobody took back."""
        where = self._options.scheduler or "of the trial"
        return ExecutorError(
            f"the dask scheduler {where} was lost, or dropped the cells; {finished} of {total} are finished and kept.",
            hint="The same command goes on with the others, once the scheduler is back.",
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tracebacks that dask logs of a lost connection from the screen: what is lost, an error of ours says."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
