"""Cells on a real scheduler and its workers, which are killed in the middle."""

import json
import os
import signal
import time
from collections import Counter
from types import SimpleNamespace

import pytest

pytest.importorskip("distributed", reason="needs the extra gsx[dask]")

from gsx.api import CellJob, CellOutcome, ExecutorError
from gsx.bench.process import open_worker
from gsx.testing import checks_for
from gsx_executors import DaskOptions, gsx_executors
from gsx_executors.dask_cluster import Dask

from .conftest import TOLD, until
from .dask_processes import Cluster, free_address


@pytest.fixture
def cluster(tmp_path, marked):
    """A cluster without workers, on which cells do as told; nothing is left of it."""
    cluster = Cluster(tmp_path / "dask", **TOLD)
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A cluster of one worker, for tests that neither end a part of it nor look for what is left."""
    cluster = Cluster(tmp_path_factory.mktemp("lasting"), **TOLD)
    cluster.worker()
    yield cluster
    cluster.close()


def dask(cluster, **options):
    return Dask(DaskOptions(scheduler=cluster.address, **{"wait": 20, "threads": 1, **options}))


def run(cluster, jobs, *, timeout=60, device="cpu", **options):
    return dask(cluster, **options).run(jobs, open_worker, timeout=timeout, device=device)


def other_version(place):
    """A path on which this GSX says that it is another."""
    told = place / "other" / "gsx-99.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: gsx\nVersion: 99\n")
    return told.parent


def parents(cells):
    """Of which dask worker each cell's process was a child."""
    return {key: parent for key, _, parent in cells.ran()}


def test_it_keeps_the_rules_for_executors(lasting):
    (spec,) = (spec for spec in gsx_executors() if spec.name == "dask")
    checks = checks_for(spec, {"scheduler": lasting.address, "wait": 20, "threads": 1})
    assert {"every_cell_once", "closes_its_workers"} <= {check.name for check in checks}
    for check in checks:
        check()


def test_a_result_that_came_counts_though_its_worker_is_lost_since(monkeypatch):
    """The scheduler then sets the future back, to run the cell again for whoever still wants it."""
    outcome = CellOutcome("one", "done")
    future = SimpleNamespace(key="bench-one-0", status="pending", release=lambda: None)
    client = SimpleNamespace(loop=None, submit=lambda *_, **__: future)

    class AsCompleted:
        def __init__(self, *_, **__):
            pass

        def add(self, _):
            pass

        def has_ready(self):
            return True

        def next(self):
            return future, outcome

    monkeypatch.setattr("distributed.as_completed", AsCompleted)
    executor = Dask(DaskOptions(scheduler="tcp://127.0.0.1:1"))
    jobs = [CellJob("one", "one", {})]
    assert list(executor._outcomes(client, "bench", jobs, {}, SimpleNamespace(gpus=False))) == [outcome]


def test_a_killed_worker_loses_no_cell(cluster, cells, marked):
    first, second = cluster.worker(), cluster.worker()
    until(lambda: "2 dask workers" in dask(cluster).slots("cpu"))
    jobs = [cells.job(f"cell{number}", "nap") for number in range(10)]
    outcomes = run(cluster, jobs)
    done = [next(outcomes)]
    until(lambda: {first.pid, second.pid} <= set(parents(cells).values()))
    first.send_signal(signal.SIGKILL)
    done += list(outcomes)
    assert Counter(one.key for one in done) == Counter(job.key for job in jobs), "none lost, none twice"
    assert {one.status for one in done} == {"done"}
    assert all(list(one.files) == ["result.json"] for one in done)
    assert set(list(parents(cells).values())[-3:]) == {second.pid}
    assert len({pid for _, pid, parent in cells.ran() if parent == second.pid}) == 1, "its cell worker lives on"
    until(lambda: {one.pid for one in marked()} <= {first.pid, second.pid, cluster.scheduler.pid}, 10)


def test_each_fault_costs_its_own_cell(lasting, cells):
    (worker,) = lasting.workers
    faults = {"abort": "error", "hang": "timeout", "kill": "error", "print": "done", "raise_": "error"}
    jobs = [cells.job(do, do) for do in faults] + [cells.job("fine")]
    outcomes = list(run(lasting, jobs, timeout=1.5))
    assert {one.key: one.status for one in outcomes} == {**faults, "fine": "done"}
    assert set(parents(cells).values()) == {worker.pid}
    assert worker.poll() is None, "the dask worker goes on"


def test_a_cell_that_takes_its_workers_along_ends(tmp_path, marked, cells):
    """Each loss of a worker is retried by dask, as often as its scheduler says, and then by us."""
    cluster = Cluster(tmp_path / "dask", **TOLD, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    try:
        workers = [cluster.worker(), cluster.worker()]
        until(lambda: "2 dask workers" in dask(cluster).slots("cpu"))
        outcomes = run(cluster, [cells.job("it", "kill_parent")], retries=1)
        (outcome,) = outcomes
        assert (outcome.status, outcome.exit_code) == ("error", 14)
        assert "every dask worker that ran it was lost" in outcome.reason
        assert [worker.wait(10) for worker in workers] == [-signal.SIGKILL] * 2
    finally:
        cluster.close()


def test_where_all_workers_are_lost_for_good_it_ends(cluster, cells):
    worker = cluster.worker()
    outcomes = run(cluster, [cells.job("a"), cells.job("b", "hang")], wait=4)
    assert next(outcomes).key == "a"
    cells.wait_for("b")
    worker.kill()
    with pytest.raises(ExecutorError, match="no dask worker is left; 1 of 2 cells are finished and kept") as lost:
        next(outcomes)
    assert lost.value.exit_code == 14


def test_a_lost_scheduler_costs_only_what_is_not_finished(cluster, cells, marked):
    cluster.worker(), cluster.worker()
    until(lambda: "2 dask workers" in dask(cluster).slots("cpu"))
    jobs = [*(cells.job(f"cell{number}", "nap") for number in range(4)), *(cells.job(key, "hang") for key in "ab")]
    outcomes = run(cluster, jobs, wait=3)
    done = [next(outcomes) for _ in range(4)]
    cells.wait_for("a")
    cluster.scheduler.kill()
    started = time.monotonic()
    with pytest.raises(ExecutorError, match="was lost, or dropped the cells; 4 of 6 are finished and kept"):
        next(outcomes)
    assert time.monotonic() - started < 10
    assert {one.status for one in done} == {"done"}
    # The cells in flight are not left to hang: the workers end, and their cell workers with them.
    until(lambda: len(marked()) <= 1, 40)


def test_closing_the_iterator_ends_everything_on_the_cluster(cluster, cells, marked):
    worker = cluster.worker(threads=2)
    outcomes = run(cluster, [cells.job("fine"), cells.job("a", "hang"), cells.job("b", "hang"), cells.job("never")])
    assert next(outcomes).key == "fine"
    cells.wait_for("b")
    outcomes.close()
    assert {one.pid for one in marked()} == {worker.pid, cluster.scheduler.pid}
    time.sleep(0.5)
    assert "never" not in parents(cells)
    # The cluster is as good as new.
    assert [one.status for one in run(cluster, [cells.job("again")])] == ["done"]


def test_a_worker_that_leaves_in_peace_gives_its_cell_back(cluster, cells):
    """As where a Slurm job's time is up: SIGTERM."""
    first = cluster.worker()
    outcomes = run(cluster, [cells.job("a"), cells.job("b", *["nap"] * 4)])
    assert next(outcomes).key == "a"
    cells.wait_for("b")
    second = cluster.worker()
    first.terminate()
    assert [(one.key, one.status) for one in outcomes] == [("b", "done")]
    assert parents(cells)["b"] == second.pid


def test_a_worker_that_joins_takes_cells(cluster, cells):
    cluster.worker()
    outcomes = run(cluster, [cells.job("first"), *(cells.job(f"cell{number}", "meet") for number in range(8))])
    done = [next(outcomes)]
    joined = cluster.worker()
    done += list(outcomes)
    assert [one.status for one in done] == ["done"] * 9
    assert joined.pid in parents(cells).values()


def test_gpus_are_a_resource_of_which_each_cell_takes_one(cluster, cells):
    cluster.worker()
    executor = dask(cluster)
    with pytest.raises(ExecutorError, match="none of 1 dask worker declares a GPU"):
        executor.slots("cuda")
    assert "on processors: none declares a GPU" in executor.slots("auto")
    assert [one.status for one in run(cluster, [cells.job("hidden")], device="auto")] == ["done"]
    worker = cluster.worker("--resources", "GPU=2", threads=4, CUDA_VISIBLE_DEVICES="5,6,9")
    until(lambda: "2 cells at a time, each on a GPU (1 worker without one not used)" in executor.slots("auto"))
    jobs = [cells.job(f"cell{number}", "nap") for number in range(6)]
    files = {one.key: one.files for one in run(cluster, jobs, device="cuda")}
    environments = [json.loads(one["result.json"])["environment"] for one in files.values()]
    assert {one["CUDA_VISIBLE_DEVICES"] for one in environments} == {"5", "6"}
    ran = [(pid, parent) for key, pid, parent in cells.ran() if key.startswith("cell")]
    assert len({pid for pid, _ in ran}) == 2
    assert {parent for _, parent in ran} == {worker.pid}
    outcomes = run(cluster, [cells.job("a"), cells.job("b", "hang")], device="auto", wait=4)
    assert next(outcomes).key == "a"
    worker.kill()
    with pytest.raises(ExecutorError, match="no dask worker with a GPU is left; 1 of 2"):
        next(outcomes)


def test_more_gpus_declared_than_given(cluster, cells):
    cluster.worker("--resources", "GPU=2", threads=2, CUDA_VISIBLE_DEVICES="5")
    with pytest.raises(ExecutorError, match="declares GPU=2, and CUDA_VISIBLE_DEVICES=5 names fewer"):
        list(run(cluster, [cells.job("a")], device="cuda"))


def test_workers_that_do_not_fit_are_refused_before_any_cell(cluster, cells, tmp_path):
    jobs = [cells.job("a", pairs=[{"content_file": str(tmp_path / "none.png"), "style_file": __file__}])]
    with pytest.raises(ExecutorError, match="has no worker") as none:
        dask(cluster, wait=0.5).slots("cpu")
    assert none.value.exit_code == 14
    first = cluster.worker()
    with pytest.raises(ExecutorError, match=r"worker tcp://.* lacks 1 of 2, such as .*none\.png"):
        list(run(cluster, jobs))
    first.kill()
    first.wait()
    cluster.worker(PYTHONPATH=f"{other_version(tmp_path)}{os.pathsep}{TOLD['PYTHONPATH']}")
    with pytest.raises(ExecutorError, match=r"GSX 99 on Python .*") as differs:
        until(lambda: "lost" in dask(cluster).slots("cpu"))
    assert "pip install 'gsx[dask]'" in str(differs.value)
    assert cells.ran() == []


def test_a_worker_of_another_version_that_joins_later_ends_it(cluster, cells, tmp_path):
    cluster.worker()
    outcomes = run(cluster, [cells.job(f"cell{number}", "nap") for number in range(30)])
    done = [next(outcomes)]
    cluster.worker(PYTHONPATH=f"{other_version(tmp_path)}{os.pathsep}{TOLD['PYTHONPATH']}")
    with pytest.raises(ExecutorError, match=r"has GSX 99 on Python .*, and the benchmark GSX"):
        done += list(outcomes)
    assert {one.status for one in done} == {"done"}


@pytest.mark.parametrize("address", [None, "nonsense://here", "127.0.0.1:1"])
def test_a_scheduler_that_nobody_reaches(address):
    started = time.monotonic()
    with pytest.raises(ExecutorError, match=r"no dask scheduler answers at .* within 1 seconds") as refused:
        Dask(DaskOptions(scheduler=address or free_address(), wait=1)).slots("cpu")
    assert refused.value.exit_code == 14
    assert "--scheduler tcp://HOST:8786" in str(refused.value)
    assert time.monotonic() - started < 10


def test_one_gpu_of_one_machine_cannot_be_named(cells):
    with pytest.raises(ExecutorError, match=r"run\.device is cuda:1, which names one device of one machine"):
        Dask(DaskOptions(scheduler="tcp://127.0.0.1:1")).slots("cuda:1")
