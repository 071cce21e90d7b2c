"""What a dask cluster has to run cells, and whether it fits: asked before any cell."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gsx.api import CellJob, ExecutorError

if TYPE_CHECKING:
    from distributed import Client

GPU = "GPU"
"""The dask resource of which a cell takes one: ``dask worker ADDRESS --nthreads 2 --resources GPU=2``."""


@dataclass(frozen=True)
class Capacity:
    """Which dask workers take cells, and how many each at a time.

    Args:
        gpus: each cell takes a GPU, and only workers that declare one take cells.
        slots: by address of the dask worker.
        hosts: slots by host.
        idle: workers that take none.
    """

    gpus: bool
    slots: Mapping[str, int]
    hosts: Mapping[str, int]
    idle: int = 0

    def __str__(self) -> str:
        count = sum(self.slots.values())
        words = f"{_counted(len(self.slots), 'dask worker')} for {_counted(count, 'cell')} at a time"
        if not self.gpus:
            return words
        return f"{words}, each on a {GPU}" + (
            f" ({_counted(self.idle, 'worker')} without one not used)" * bool(self.idle)
        )


def slots_of(worker: Mapping[str, Any], gpus: bool) -> int:
    """How many cells a dask worker runs at a time, from what it says of itself."""
    threads = int(worker["nthreads"])
    return min(threads, int(worker["resources"].get(GPU, 0))) if gpus else threads


def capacity(client: Client, device: str) -> Capacity:
    """What the cluster has now for this device; of no slot where there is no worker.

    Raises:
        ExecutorError: a GPU is asked for, and no worker declares one.
    """
    workers = client.scheduler_info(n_workers=-1)["workers"]
    declared = any(slots_of(worker, True) for worker in workers.values())
    if device.startswith("cuda") and workers and not declared:
        raise ExecutorError(
            f"run.device is {device}, and none of {_counted(len(workers), 'dask worker')} declares a {GPU}.",
            hint=f"Start them with: dask worker ADDRESS --nthreads 1 --resources {GPU}=1",
        )
    gpus = declared and (device == "auto" or device.startswith("cuda"))
    slots = {address: count for address, worker in workers.items() if (count := slots_of(worker, gpus))}
    hosts: Counter[str] = Counter()
    for address, count in slots.items():
        hosts[workers[address]["host"]] += count
    return Capacity(gpus, slots, hosts, len(workers) - len(slots))


def own_versions() -> str:
    """What has to be the same on all machines."""
    return f"GSX {version('gsx')} on Python {sys.version_info.major}.{sys.version_info.minor}"


def check_versions(client: Client) -> None:
    """Hold the cluster's GSX and Python against our own: figures of two versions are no comparison.

    Raises:
        ExecutorError: one differs, or has no GSX.
    """
    told = client.get_versions(packages=["gsx"])
    ours = own_versions()
    others = {"the scheduler": told["scheduler"], **{f"worker {name}": one for name, one in told["workers"].items()}}
    wrong = [f"{name}: {_versions(one)}" for name, one in others.items() if _versions(one) != ours]
    if wrong:
        raise ExecutorError(
            f"here is {ours}; {len(wrong)} of the dask cluster's {len(others)} processes differ: {_some(wrong)}.",
            hint="Install the same versions everywhere: pip install 'gsx[dask]'",
        )


def check_pictures(client: Client, jobs: Sequence[CellJob]) -> None:
    """Ask every worker whether it sees the benchmark's pictures where we see them.

    Raises:
        ExecutorError: one does not.
    """
    from gsx_executors.dask_cells import missing_files

    pairs = [pair for job in jobs for pair in job.body.get("pairs", ())]
    paths = sorted({pair[f"{role}_file"] for pair in pairs for role in ("content", "style")})
    answers = client.run(missing_files, paths, on_error="return")
    wrong = []
    for address, answer in answers.items():
        if isinstance(answer, BaseException):
            wrong.append(f"worker {address} cannot be asked ({type(answer).__name__}: {answer})")
        elif answer:
            wrong.append(f"worker {address} lacks {len(answer)} of {len(paths)}, such as {answer[0]}")
    if wrong:
        raise ExecutorError(
            f"not every dask worker sees the pictures: {_some(wrong)}.",
            hint="Keep them in a folder that has the same path on every machine, such as a shared file system.",
        )


def _versions(told: Mapping[str, Any] | None) -> str:
    if not told:
        return "no answer"
    python = ".".join(told["host"]["python"].split(".")[:2])
    gsx = told["packages"].get("gsx")
    return f"GSX {gsx} on Python {python}" if gsx else f"Python {python} without GSX"


def _some(words: Sequence[str]) -> str:
    more = f"; and {len(words) - 3} more" if len(words) > 3 else ""
    return "; ".join(words[:3]) + more


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
