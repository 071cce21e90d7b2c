"""Cells that do as told, and which processes are left of them."""

import json
import os
import time
import uuid
from pathlib import Path

import psutil
import pytest

from gsx.api import CellJob

MARK = "GSX_TEST_MARK"
TOLD = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}
"""The environment of worker processes whose cells do as told."""


class Cells:
    """Jobs, and what became of them."""

    def __init__(self, place):
        self.place = place

    def job(self, key, *do, **body):
        told = {"key": key, "device": "cpu", "do": do, "log": str(self.place / "log"), "out": str(self.out(key))}
        return CellJob(key, key, {**told, **body})

    def out(self, key):
        return self.place / "cells" / key

    def ran(self):
        """``(key, pid, pid of the parent)`` of each start of a cell."""
        path = self.place / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(key, int(pid), int(parent)) for key, pid, parent in map(str.split, lines)]

    def result(self, key):
        return json.loads((self.out(key) / "result.json").read_text())

    def wait_for(self, key):
        until(lambda: key in [one for one, _, _ in self.ran()])


@pytest.fixture
def cells(tmp_path):
    return Cells(tmp_path)


def until(true, seconds=30):
    """Wait for it; an assertion fails where it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.05)


@pytest.fixture
def marked(monkeypatch):
    """What this test starts carries a mark; calling it gives what is left, and at the end there has to be nothing."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)

    def left():
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.pid != os.getpid() and process.environ().get(MARK) == mark
                # One that multiprocessing keeps for as long as the process lives that called it.
                if ours and "multiprocessing.resource_tracker" not in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue  # ended meanwhile, or another user's
        return found

    yield left
    until(lambda: not left(), 10)
