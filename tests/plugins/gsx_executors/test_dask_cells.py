"""The cell workers beside one dask worker: which slot a cell takes, with which environment, and when they end."""

import threading
import types

import pytest

pytest.importorskip("distributed", reason="needs the extra gsx[dask]")

from distributed import Reschedule

from gsx.api import CellJob, CellOutcome, ExecutorError
from gsx_executors import dask_cells
from gsx_executors.dask_capacity import own_versions
from gsx_executors.dask_cells import Cells

from .conftest import until


class Worker:
    """A cell worker that runs a cell until told, and knows its environment."""

    def __init__(self, environment):
        self.environment, self.closed, self.runs = environment, threading.Event(), 0
        self.go_on = threading.Event()
        OPENED.append(self)

    def run(self, job, *, timeout, carry=False):
        assert carry
        self.runs += 1
        if job.key == "waits":
            self.go_on.wait(10)
        return CellOutcome(job.key, "done")

    def close(self):
        self.closed.set()
        self.go_on.set()


OPENED = []


@pytest.fixture(autouse=True)
def nothing_opened():
    OPENED.clear()


def beside(dask_worker=None, **options):
    """The cells beside a dask worker of two threads."""
    given = {"gpus": False, "hidden": False, "versions": own_versions(), "threads": None, "hosts": {}, **options}
    cells = Cells("gsx-test", Worker, 60, **given)
    state = types.SimpleNamespace(nthreads=2, total_resources={"GPU": 2.0})
    cells.setup(dask_worker or types.SimpleNamespace(state=state, address="tcp://10.0.0.7:4000"))
    return cells


def start(cells, key):
    """Run a cell in a thread; the thread's list gets its outcome, or what it raised."""
    came = []

    def run():
        try:
            came.append(cells.run(CellJob(key, key, {})))
        except Reschedule as error:
            came.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, came


def test_a_slot_is_free_again_after_its_cell():
    cells = beside()
    first, _ = start(cells, "waits")
    until(lambda: len(OPENED) == 1 and OPENED[0].runs == 1)
    cells.run(CellJob("a", "a", {}))
    cells.run(CellJob("b", "b", {}))
    OPENED[0].go_on.set()
    first.join()
    cells.run(CellJob("c", "c", {}))
    assert [worker.runs for worker in OPENED] == [2, 2]
    cells.teardown(None)
    assert all(worker.closed.is_set() for worker in OPENED)


def test_one_without_work_ends(monkeypatch):
    """A client that was killed ends nothing any more."""
    monkeypatch.setattr(dask_cells, "IDLE", 0.2)
    cells = beside()
    cells.run(CellJob("a", "a", {}))
    assert OPENED[0].closed.wait(5)
    cells.run(CellJob("b", "b", {}))
    assert len(OPENED) == 2
    busy, _ = start(cells, "waits")
    assert not OPENED[1].closed.wait(0.6), "one with work does not"
    cells.teardown(None)
    busy.join()


def test_a_cell_that_was_stopped_runs_elsewhere():
    """What was stopped because its dask worker leaves says nothing about the cell."""
    cells = beside()
    thread, came = start(cells, "waits")
    until(lambda: OPENED and OPENED[0].runs == 1)
    cells.teardown(None)
    thread.join()
    assert [type(one) for one in came] == [Reschedule]
    with pytest.raises(Reschedule):
        cells.run(CellJob("late", "late", {}))
    assert len(OPENED) == 1


@pytest.mark.parametrize(
    ("hosts", "threads", "expected"), [({}, None, "4"), ({"10.0.0.7": 8}, None, "1"), ({"10.0.0.7": 8}, 3, "3")]
)
def test_the_cores_of_a_machine_are_shared_by_all_its_slots(monkeypatch, hosts, threads, expected):
    monkeypatch.setattr(dask_cells, "CPU_COUNT", 8)
    beside(hosts=hosts, threads=threads).run(CellJob("a", "a", {}))
    assert OPENED[0].environment == {"OMP_NUM_THREADS": expected, "MKL_NUM_THREADS": expected}


@pytest.mark.parametrize(
    ("given", "names"), [(None, ["0", "1"]), ("3, 5,7", ["3", "5"]), ("GPU-a,GPU-b", ["GPU-a", "GPU-b"])]
)
def test_each_slot_has_a_gpu_of_its_own(monkeypatch, given, names):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if given is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    cells = beside(gpus=True)
    threads = [start(cells, "waits")[0] for _ in range(2)]
    until(lambda: len(OPENED) == 2)
    cells.teardown(None)
    for thread in threads:
        thread.join()
    assert sorted(worker.environment["CUDA_VISIBLE_DEVICES"] for worker in OPENED) == names


@pytest.mark.parametrize("given", ["3", ""])
def test_more_gpus_than_were_given(monkeypatch, given):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    with pytest.raises(ExecutorError, match=f"declares GPU=2, and CUDA_VISIBLE_DEVICES={given} names fewer"):
        beside(gpus=True).run(CellJob("a", "a", {}))


def test_a_worker_of_another_version():
    with pytest.raises(
        ExecutorError, match=r"the dask worker at tcp://10\.0\.0\.7:4000 has GSX .*, and the benchmark GSX 99"
    ):
        beside(versions="GSX 99 on Python 3.11").run(CellJob("a", "a", {}))
    assert OPENED == []


def test_gpus_that_nobody_declared_are_hidden():
    beside(hidden=True).run(CellJob("a", "a", {}))
    assert OPENED[0].environment["CUDA_VISIBLE_DEVICES"] == ""
