"""`gsx bench` itself, with real cells: a stranger's component that crashes, and a cluster that loses its parts."""

import json
import os
import signal
import subprocess
import sys

import pytest

from .conftest import until
from .dask_processes import Cluster

STRANGER = """
import os, time
from gsx.api import FusionSpec, Options, hookimpl

class StrangerOptions(Options):
    do: str = "nothing"
    number: int = 0

@hookimpl
def gsx_fusions():
    yield FusionSpec(name="stranger", summary="for a test", target="stranger:Stranger", options=StrangerOptions,
                     strength=lambda strength: {})

class Stranger:
    def __init__(self, options):
        self.options = options

    def __call__(self, content, style, level):
        match self.options.do:
            case "abort":
                os.abort()
            case "nap":
                time.sleep(0.7)
            case "print":
                print("hello from a stranger")
        return content[level]
"""

SMALL = (
    *("--fusion", "stranger", "--extractor", "vgg19-slim", "--generator", "pixels"),
    *("--metric", "none", "--size", "32", "--device", "cpu", "--out", "bench"),
    *("--set", "extractor.widths=[4,4,4,4,4]", "--set", "generator.iterations=1"),
    *("--content", "chelsea", "--style", "mosaic"),
)


@pytest.fixture
def gsx(tmp_path, marked, monkeypatch):
    """Start ``gsx bench`` where the stranger is installed."""
    installed = tmp_path / "installed"
    (installed / "stranger-1.dist-info").mkdir(parents=True)
    (installed / "stranger.py").write_text(STRANGER)
    (installed / "stranger-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (installed / "stranger-1.dist-info" / "entry_points.txt").write_text("[gsx.plugins]\nstranger = stranger\n")
    monkeypatch.setenv("PYTHONPATH", f"{installed}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.chdir(tmp_path)

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "-c", "from gsx.cli.main import main; main()", "bench", *SMALL, *arguments],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    return start


def results(place):
    """Of the cells, by what their fusion does; controls by their name."""
    found = [json.loads(path.read_text()) for path in (place / "bench" / "cells").glob("*/result.json")]
    return {one["label"]: one for one in found}


def test_a_component_that_crashes_or_prints(gsx, tmp_path, marked):
    call = gsx("--workers", "1", "--grid", "fusion.do=abort,print,nothing")
    printed = call.communicate(timeout=90)[1]
    assert call.returncode == 0, printed
    told = results(tmp_path)
    assert {label: one["status"] for label, one in told.items()} == {
        "content untouched": "done",
        "style itself": "done",
        "fusion.do abort": "error",
        "fusion.do print": "done",
        "fusion.do nothing": "done",
    }
    assert "signal SIGABRT" in told["fusion.do abort"]["reason"]
    workers = {label: one["worker"] for label, one in told.items() if one["status"] == "done"}
    assert workers["fusion.do print"]["pid"] == workers["fusion.do nothing"]["pid"]
    assert {one["threads"] for one in workers.values()} == {len(os.sched_getaffinity(0))}
    assert marked() == []


def test_a_cluster_that_loses_its_scheduler_and_then_a_worker(gsx, tmp_path, marked):
    pytest.importorskip("distributed", reason="needs the extra gsx[dask]")
    grid = ("--grid", "fusion.do=nap", "--grid", "fusion.number=1,2,3,4,5", "--set", "bench.executor.threads=1")
    first = Cluster(tmp_path / "first")
    try:
        first.worker()
        call = gsx("--executor", "dask", "--scheduler", first.address, *grid)
        until(lambda: results(tmp_path), 60)
        first.scheduler.kill()
        printed = call.communicate(timeout=60)[1]
        assert call.returncode == 14, printed
        assert "are finished and kept" in printed
        assert "Traceback" not in printed
        kept = {label: one["worker"]["pid"] for label, one in results(tmp_path).items()}
        assert 1 <= len(kept) < 7
    finally:
        first.close()
    until(lambda: not marked(), 20)

    second = Cluster(tmp_path / "second")
    try:
        workers = [second.worker(), second.worker()]
        call = gsx("--executor", "dask", "--scheduler", second.address, *grid)
        until(lambda: len(results(tmp_path)) > len(kept), 60)
        workers[0].send_signal(signal.SIGKILL)
        printed = call.communicate(timeout=90)[1]
        assert call.returncode == 0, printed
        assert f"{len(kept)} finished already" in printed
        told = results(tmp_path)
        assert {one["status"] for one in told.values()} == {"done"}
        assert len(told) == 7
        assert {label: told[label]["worker"]["pid"] for label in kept} == kept
        assert {one.pid for one in marked()} == {workers[1].pid, second.scheduler.pid}
    finally:
        second.close()
