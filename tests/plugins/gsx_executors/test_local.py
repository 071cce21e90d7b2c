"""The pool of this machine's processes."""

import os
import signal

import pytest

from gsx.api import CellOutcome, ExecutorError
from gsx.bench.process import open_worker
from gsx_executors import LocalOptions
from gsx_executors.local import Local

from .conftest import TOLD


def told(environment):
    """Workers whose cells do as told."""
    return open_worker({**environment, **TOLD})


def run(jobs, *, workers=2, timeout=60, device="cpu"):
    return Local(LocalOptions(workers=workers, threads=1)).run(jobs, told, timeout=timeout, device=device)


def test_each_fault_costs_its_own_cell(marked, cells):
    faults = {"abort": "error", "kill": "error", "hang": "timeout", "print": "done", "raise_": "error", "exit": "error"}
    jobs = [cells.job(f"{do}{number}", do) for do in faults for number in range(2)]
    jobs += [cells.job(f"fine{number}", "nap") for number in range(6)]
    outcomes = list(run(jobs, timeout=2))
    assert sorted(one.key for one in outcomes) == sorted(job.key for job in jobs)
    assert {one.key: one.status for one in outcomes} == {
        job.key: faults.get(job.key.rstrip("01"), "done") for job in jobs[:12]
    } | {f"fine{number}": "done" for number in range(6)}
    assert len({cells.result(f"fine{number}")["pid"] for number in range(6)}) <= 2, "the workers live on"
    assert marked() == []


def test_a_worker_that_somebody_kills_costs_the_cell_it_ran(marked, cells):
    outcomes = run([cells.job("victim", "hang"), *(cells.job(f"fine{number}", "nap") for number in range(6))])
    done = [next(outcomes)]
    (victim,) = [pid for key, pid, _ in cells.ran() if key == "victim"]
    os.kill(victim, signal.SIGKILL)
    done += list(outcomes)
    assert {one.key: one.status for one in done} == {
        "victim": "error",
        **{f"fine{number}": "done" for number in range(6)},
    }
    assert len(done) == 7


def test_closing_the_iterator_ends_cells_in_flight(marked, cells):
    outcomes = run([cells.job("fine"), cells.job("hangs", "hang"), cells.job("too", "hang"), cells.job("never")])
    assert next(outcomes).key == "fine"
    cells.wait_for("too")
    outcomes.close()
    assert marked() == []
    assert "never" not in [key for key, _, _ in cells.ran()]


def test_results_come_as_they_finish(marked, cells):
    outcomes = run([cells.job("slow", *["nap"] * 6), cells.job("quick"), cells.job("next")])
    assert [one.key for one in outcomes] == ["quick", "next", "slow"]


def test_threads_are_shared_out(marked, cells):
    list(run([cells.job("a")]))
    assert cells.result("a")["environment"]["OMP_NUM_THREADS"] == "1"
    shared = Local(LocalOptions(workers=10**2)).places("cpu")
    assert {place["OMP_NUM_THREADS"] for place in shared} == {str(max(1, len(os.sched_getaffinity(0)) // 100))}


@pytest.mark.parametrize(
    ("device", "workers", "visible"),
    [
        ("cuda", None, ["4", "7"]),
        ("auto", None, ["4", "7"]),
        ("auto", 3, ["4", "7", "4"]),
        ("cuda:1", None, ["7"]),
        ("cpu", 1, [None]),
    ],
)
def test_gpus_are_given_by_name(monkeypatch, device, workers, visible):
    monkeypatch.setattr("gsx_executors.local.visible_gpus", lambda: ["4", "7"])
    places = Local(LocalOptions(workers=workers)).places(device)
    assert [place.get("CUDA_VISIBLE_DEVICES") for place in places] == visible


@pytest.mark.parametrize(("device", "gpus"), [("cuda", []), ("cuda:2", ["4", "7"])])
def test_a_gpu_that_is_not_there(monkeypatch, device, gpus):
    monkeypatch.setattr("gsx_executors.local.visible_gpus", lambda: gpus)
    with pytest.raises(ExecutorError, match=f"run.device is {device}") as refused:
        Local(LocalOptions()).slots(device)
    assert refused.value.exit_code == 14


def test_a_mistake_of_ours_is_not_lost_in_a_thread(cells):
    class Broken:
        def run(self, job, *, timeout, carry=False):
            if job.key == "b":
                raise RuntimeError("a bug")
            return CellOutcome(job.key, "done")

        def close(self):
            pass

    outcomes = Local(LocalOptions(workers=1)).run(
        [cells.job("a"), cells.job("b")], lambda environment: Broken(), timeout=1, device="cpu"
    )
    assert next(outcomes).key == "a"
    with pytest.raises(RuntimeError, match="a bug"):
        next(outcomes)
