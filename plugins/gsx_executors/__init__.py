"""Built-in executors: where a benchmark's cells run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from gsx.api import ExecutorSpec, Options, hookimpl


class LocalOptions(Options):
    """Options of ``local``."""

    workers: Annotated[
        int | None,
        Field(ge=1, le=256, description="processes; default: one per GPU, else one per four processor cores"),
    ] = None
    threads: Annotated[
        int | None, Field(ge=1, le=1024, description="threads of each on a processor; default: the cores, shared out")
    ] = None


@hookimpl
def gsx_executors() -> Iterable[ExecutorSpec]:
    yield ExecutorSpec(
        name="local",
        summary="processes of this machine, one per GPU or share of its cores",
        target="gsx_executors.local:Local",
        options=LocalOptions,
    )
