"""Built-in executors: where a benchmark's cells run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, model_validator

from gsx.api import ExecutorSpec, Options, hookimpl


class LocalOptions(Options):
    """Options of ``local``."""

    workers: Annotated[
        int | None,
        Field(ge=1, le=256, description="processes; default: one per GPU, else per core, with 4 GiB each"),
    ] = None
    threads: Annotated[
        int | None, Field(ge=1, le=1024, description="threads of each on a processor; default: the cores, shared out")
    ] = None


class DaskOptions(Options):
    """Options of ``dask``."""

    scheduler: Annotated[
        str | None,
        Field(min_length=1, description="address, such as tcp://host:8786; default: a trial cluster on this machine"),
    ] = None
    workers: Annotated[
        int | None, Field(ge=1, le=256, description="worker processes of the trial; a scheduler has its own")
    ] = None
    threads: Annotated[
        int | None, Field(ge=1, le=1024, description="threads of a cell; default: a machine's cores, shared out")
    ] = None
    retries: Annotated[
        int,
        Field(ge=0, le=100, description="a cell is handed in so often again after dask gave it up with its workers"),
    ] = 1
    wait: Annotated[
        float,
        Field(gt=0, le=86400, description="seconds to wait for a first worker, and for one where all are lost"),
    ] = 30.0

    @model_validator(mode="after")
    def _workers_are_the_trials(self) -> DaskOptions:
        if self.scheduler is not None and self.workers is not None:
            raise ValueError("workers counts those of a trial on this machine; a scheduler has its own: leave one out")
        return self


@hookimpl
def gsx_executors() -> Iterable[ExecutorSpec]:
    yield ExecutorSpec(
        name="local",
        summary="processes of this machine, one per GPU or share of its cores",
        target="gsx_executors.local:Local",
        options=LocalOptions,
    )
    yield ExecutorSpec(
        name="dask",
        summary="a dask.distributed cluster, or a trial of one on this machine (pip install 'gsx[dask]')",
        target="gsx_executors.dask_cluster:Dask",
        options=DaskOptions,
    )
