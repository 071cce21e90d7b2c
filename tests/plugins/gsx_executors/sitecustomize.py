"""On the PYTHONPATH of worker processes: cells that do what a test tells them, in the place of real ones.

Everything around them is real: the process, its protocol, the folder that appears whole.
"""

import json
import os
import signal
import sys
import time
import types


class CellRunner:
    """Does what the job says; a cell's result.json tells in which process, and with which environment, it ran."""

    def __init__(self, device):
        self.cells = 0

    def run(self, job, out):
        self.cells += 1
        partial = out.with_name(f".{out.name}.half.partial")
        partial.mkdir(parents=True)
        with open(job["log"], "a") as log:
            log.write(f"{job['key']} {os.getpid()} {os.getppid()}\n")
        for do in job["do"]:
            getattr(self, do)(job)
        variables = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")}
        told = {"pid": os.getpid(), "cells": self.cells, "environment": variables, **AT_START}
        (partial / "result.json").write_text(json.dumps(told))
        partial.rename(out)

    def abort(self, job):
        print("the last words of a component", file=sys.stderr, flush=True)
        os.abort()

    def exit(self, job):
        os._exit(3)

    def hang(self, job):
        time.sleep(600)

    def nap(self, job):
        time.sleep(0.3)

    def meet(self, job):
        """Wait for a cell under another parent."""
        for _ in range(600):
            with open(job["log"]) as log:
                if len({line.split()[2] for line in log if line.endswith("\n")}) > 1:
                    return
            time.sleep(0.05)
        raise RuntimeError("no other worker got a cell")

    def print(self, job):
        print('{"status": "nonsense"}', flush=True)
        os.write(1, b"not JSON at all\n")

    def much(self, job):
        for _ in range(3):
            print("x" * 2**20, file=sys.stderr, flush=True)

    def kill(self, job):
        os.kill(os.getpid(), signal.SIGKILL)

    def kill_parent(self, job):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    def raise_(self, job):
        raise RuntimeError("a component's mistake\nin two lines")

    def leave(self, job):
        raise SystemExit("a component that leaves")

    def base(self, job):
        raise type("Own", (BaseException,), {})("no Exception")

    def memory(self, job):
        raise MemoryError

    def read(self, job):
        assert sys.stdin.read() == ""

    def orphan(self, job):
        """A child that lives on with the pipes of its parent, as a stranger's data loader may."""
        if os.fork() == 0:
            time.sleep(600)
        os.abort()


AT_START = {"threads_at_start": os.environ.get("OMP_NUM_THREADS")}
sys.modules["gsx.bench.running"] = types.ModuleType("gsx.bench.running")
sys.modules["gsx.bench.running"].CellRunner = CellRunner
sys.modules["torch"] = types.ModuleType("torch")  # seconds of each process that a test starts
sys.modules["torch"].OutOfMemoryError = type("OutOfMemoryError", (RuntimeError,), {})
