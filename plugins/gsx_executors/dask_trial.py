"""A dask cluster on this machine, for trying out what goes to a real one: own processes, ended with the benchmark."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gsx.api import ExecutorError
from gsx_executors import DaskOptions
from gsx_executors.cores import cells_at_once
from gsx_executors.dask_capacity import GPU
from gsx_executors.gpus import visible_gpus


def trial_slots(options: DaskOptions, device: str) -> str:
    """What :func:`trial` would start, in words. Errors as there."""
    given = _workers(options, device)
    cells = given["n_workers"] * given["threads_per_worker"]
    where = "each on a GPU" if given.get("resources") else "on processors"
    return (
        f"{cells} cell{'' if cells == 1 else 's'} at a time, {where}, on a dask cluster of this machine alone "
        "(a trial; --scheduler names a real one)"
    )


@contextmanager
def trial(options: DaskOptions, device: str) -> Iterator[Any]:
    """Start the cluster, and end it and its processes.

    Raises:
        ExecutorError: a GPU is asked for, and there is none; no process can be started.
    """
    import dask
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(prefix="gsx-dask-") as place, dask.config.set(temporary_directory=place):
        try:
            cluster = LocalCluster(
                **_workers(options, device),
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # any free port: several trials may run side by side
                memory_limit=0,  # a cell's memory is that of its own process, which dask does not see
                silence_logs=logging.CRITICAL,  # dask logs a heartbeat that meets the end of the trial
                preload=["gsx_executors.dask_session"],
            )
        except (OSError, RuntimeError) as error:
            raise ExecutorError(
                f"no dask cluster can be started on this machine: {error}",
                hint="--executor local runs the same cells without dask.",
            ) from error
        with cluster:
            yield cluster


def _workers(options: DaskOptions, device: str) -> dict[str, Any]:
    gpus = visible_gpus() if device == "auto" or device.startswith("cuda") else []
    if device.startswith("cuda") and not gpus:
        raise ExecutorError(f"run.device is {device}, and this machine has no GPU that torch can use.")
    if gpus:
        count = min(options.workers or len(gpus), len(gpus))
        return {"n_workers": 1, "threads_per_worker": count, "resources": {GPU: count}}
    return {"n_workers": options.workers or cells_at_once(), "threads_per_worker": 1}
