"""The cluster that is started on this machine where no scheduler is named, and what keeps dask from being used."""

import os
import signal
import subprocess
import sys

import pytest

from gsx.api import ExecutorError, MissingExtraError, RecipeError
from gsx.bench.process import open_worker
from gsx.plugins import installed_catalog
from gsx.recipe.resolve import resolve_executor
from gsx_executors import DaskOptions
from gsx_executors.dask_cluster import Dask

from .conftest import TOLD, until


def test_a_trial_has_real_workers_and_leaves_nothing(marked, cells, monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra gsx[dask]")
    monkeypatch.setenv("PYTHONPATH", TOLD["PYTHONPATH"])
    executor = Dask(DaskOptions(workers=2, threads=3))
    assert executor.slots("cpu").startswith("2 cells at a time, on processors, on a dask cluster of this machine alone")
    outcomes = executor.run(
        [*(cells.job(f"cell{number}", "nap") for number in range(6)), cells.job("a", "hang"), cells.job("b", "hang")],
        open_worker,
        timeout=60,
        device="cpu",
    )
    done = [next(outcomes) for _ in range(6)]
    assert {one.status for one in done} == {"done"}
    assert b'"OMP_NUM_THREADS": "3"' in done[0].files["result.json"]
    assert len({parent for _, _, parent in cells.ran()}) == 2
    cells.wait_for("b")
    outcomes.close()
    assert marked() == []


PROGRAM = """
import os, signal, sys
from gsx.api import CellJob
from gsx.bench.process import open_worker
from gsx_executors import DaskOptions
from gsx_executors.dask_cluster import Dask

if __name__ == "__main__":
    os.setsid()  # a terminal's group of processes
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = CellJob("a", "a", {job!r})
    try:
        list(Dask(DaskOptions(workers=1)).run([job], open_worker, timeout=60, device="cpu"))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_kill_in_the_middle_of_a_cell(marked, cells, monkeypatch, tmp_path, sent):
    """Ctrl-C goes to every process of the terminal's group; a kill to the one alone."""
    pytest.importorskip("distributed", reason="needs the extra gsx[dask]")
    monkeypatch.setenv("PYTHONPATH", TOLD["PYTHONPATH"])
    program = tmp_path / "program.py"  # of a file, as multiprocessing looks for the main module again
    program.write_text(PROGRAM.replace("{job!r}", repr(dict(cells.job("a", "hang").body))))
    call = subprocess.Popen([sys.executable, program], stderr=subprocess.PIPE, text=True)
    cells.wait_for("a")
    (os.killpg if sent == signal.SIGINT else os.kill)(call.pid, sent)
    printed = call.communicate(timeout=20)[1]
    assert sent == signal.SIGKILL or printed == "interrupted\n", "and no traceback of a worker"
    until(lambda: not marked(), 10)


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr("gsx_executors.dask_cluster.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="not installed") as missing:
        Dask(DaskOptions())
    assert missing.value.exit_code == 11
    assert missing.value.hint == "pip install 'gsx[dask]'"


def test_its_specification_imports_neither_dask_nor_torch():
    program = "import sys, gsx_executors.dask_cluster; print({'dask', 'distributed', 'torch'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_workers_are_counted_for_a_trial_only():
    with pytest.raises(RecipeError, match="workers counts those of a trial"):
        resolve_executor({"name": "dask", "scheduler": "tcp://here:1", "workers": 2}, installed_catalog())


def test_the_gpus_of_this_machine_are_the_trials(monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra gsx[dask]")
    monkeypatch.setattr("gsx_executors.dask_trial.visible_gpus", lambda: ["0", "1"])
    assert Dask(DaskOptions()).slots("auto").startswith("2 cells at a time, each on a GPU")
    assert Dask(DaskOptions(workers=1)).slots("cuda").startswith("1 cell at a time, each on a GPU")
    monkeypatch.setattr("gsx_executors.dask_trial.visible_gpus", list)
    with pytest.raises(ExecutorError, match="no GPU that torch can use"):
        Dask(DaskOptions()).slots("cuda")
