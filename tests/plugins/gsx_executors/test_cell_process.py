"""Real worker processes: what a cell does to its process costs that cell alone."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from gsx.bench.process import open_worker

from .conftest import TOLD, until


@pytest.fixture
def worker(marked):
    worker = open_worker(TOLD)
    yield worker
    worker.close()


def test_a_worker_lives_on_over_cells(worker, cells):
    for key in ("a", "b", "c"):
        assert worker.run(cells.job(key), timeout=60).status == "done"
    told = [cells.result(key) for key in ("a", "b", "c")]
    assert len({one["pid"] for one in told}) == 1
    assert [one["cells"] for one in told] == [1, 2, 3]
    assert told[0]["pid"] != os.getpid()


def test_its_environment_is_there_before_torch(marked, cells):
    worker = open_worker({**TOLD, "OMP_NUM_THREADS": "3", "CUDA_VISIBLE_DEVICES": "7"})
    try:
        assert worker.run(cells.job("a"), timeout=60).status == "done"
    finally:
        worker.close()
    told = cells.result("a")
    assert told["environment"] == {"OMP_NUM_THREADS": "3", "CUDA_VISIBLE_DEVICES": "7"}
    assert told["threads_at_start"] == "3"


@pytest.mark.parametrize(
    ("do", "status", "reason", "lives"),
    [
        ("abort", "error", "ended by signal SIGABRT: the last words of a component.", False),
        ("kill", "error", "ended by signal SIGKILL, as the system does where memory runs out.", False),
        ("exit", "error", "exit code 3", False),
        ("leave", "error", "SystemExit: a component that leaves", True),
        ("raise_", "error", "RuntimeError: a component's mistake", True),
        ("base", "error", "Own: no Exception", True),
        ("memory", "error", "out of memory", True),
        ("orphan", "error", "ended by signal SIGABRT", False),
        ("print", "done", None, True),
        ("much", "done", None, True),
        ("read", "done", None, True),
    ],
)
def test_what_a_component_does_costs_its_own_cell(worker, cells, do, status, reason, lives):
    assert worker.run(cells.job("before"), timeout=60).status == "done"
    started = time.monotonic()
    outcome = worker.run(cells.job("it", do), timeout=25)
    assert outcome.status == status
    assert (reason is None) == (outcome.reason is None)
    assert reason is None or reason in outcome.reason
    assert time.monotonic() - started < 20, "a crash is noticed at once"
    assert worker.run(cells.job("after"), timeout=60).status == "done"
    assert (cells.result("after")["pid"] == cells.result("before")["pid"]) == lives
    assert sorted(path.name for path in cells.out("").iterdir()) == (
        ["after", "before", "it"] if status == "done" else ["after", "before"]
    )


def test_a_mistake_comes_with_the_place_where_it_happened(worker, cells):
    outcome = worker.run(cells.job("it", "raise_"), timeout=60)
    assert b"RuntimeError: a component's mistake" in outcome.files["traceback.txt"]
    assert b"Traceback" in outcome.files["traceback.txt"]
    assert worker.run(cells.job("after"), timeout=60).files is None


def test_a_cell_past_its_timeout_is_stopped(worker, cells):
    assert worker.run(cells.job("before"), timeout=60).status == "done"
    started = time.monotonic()
    outcome = worker.run(cells.job("it", "hang"), timeout=0.5)
    assert (outcome.status, outcome.reason) == ("timeout", "it took more than 0.5 seconds, and was stopped.")
    assert time.monotonic() - started < 5
    assert worker.run(cells.job("after"), timeout=60).status == "done"
    assert [path.name for path in cells.out("").glob(".*")] == []


def test_one_that_is_killed_between_cells_costs_none(worker, cells):
    assert worker.run(cells.job("before"), timeout=60).status == "done"
    os.kill(cells.result("before")["pid"], signal.SIGKILL)
    time.sleep(0.2)
    assert worker.run(cells.job("after"), timeout=60).status == "done"


def test_files_are_carried(worker, cells):
    outcome = worker.run(cells.job("a"), timeout=60, carry=True)
    assert list(outcome.files) == ["result.json"]
    assert not cells.out("a").exists()
    assert worker.run(cells.job("b", "abort"), timeout=60, carry=True).files is None


def test_closing_in_the_middle_of_a_cell(worker, cells, marked):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(worker.run(cells.job("a", "hang"), timeout=60)))
    thread.start()
    cells.wait_for("a")
    worker.close()
    thread.join(5)
    assert [one.status for one in outcomes] == ["error"]
    assert outcomes[0].reason == "it was stopped."
    assert marked() == []


def test_a_worker_that_cannot_start_says_why(marked, cells):
    worker = open_worker({"PYTHONPATH": "", "PYTHONHOME": str(cells.place)})
    outcome = worker.run(cells.job("a"), timeout=60)
    worker.close()
    assert outcome.status == "error"
    assert "exit code 1" in outcome.reason


def test_a_killed_parent_leaves_no_worker(marked, cells):
    """Whether idle or in the middle of a cell."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import threading, time
            from gsx.api import CellJob
            from gsx.bench.process import open_worker
            idle, busy = open_worker({TOLD!r}), open_worker({TOLD!r})
            print(idle.run(CellJob("a", "a", {dict(cells.job("a").body)!r}), timeout=60).status, flush=True)
            busy.run(CellJob("b", "b", {dict(cells.job("b", "hang").body)!r}), timeout=60)
            """),
        ],
        stdout=subprocess.PIPE,
    )
    cells.wait_for("b")
    assert len(marked()) == 3
    parent.kill()
    assert parent.communicate()[0] == b"done\n"
    until(lambda: not marked(), 10)
