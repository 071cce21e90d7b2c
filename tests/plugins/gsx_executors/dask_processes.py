"""A real scheduler and real workers, each a process of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def free_address():
    """Where nobody listens now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{taken.getsockname()[1]}"


class Cluster:
    """Started by dask's own command-line programs. ``variables`` are in the environment of all of them."""

    def __init__(self, place, **variables):
        self.address = free_address()
        self.workers = []
        self._place = Path(place)
        self._place.mkdir(parents=True, exist_ok=True)
        self._environment = {
            **os.environ,
            "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__GIL__ENABLED": "false",
            **variables,
        }
        host, _, port = self.address.removeprefix("tcp://").partition(":")
        self.scheduler = self._start("scheduler", "--host", host, "--port", port, "--no-dashboard")
        self._wait_for_port(host, int(port))

    def worker(self, *arguments, threads=1, **variables):
        """Start one; the cluster has it as soon as its scheduler says so."""
        words = ("--no-nanny", "--nthreads", str(threads), "--no-dashboard", "--local-directory", str(self._place))
        self.workers.append(self._start("worker", self.address, *words, *arguments, **variables))
        return self.workers[-1]

    def close(self):
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _start(self, what, *arguments, **variables):
        log = (self._place / f"{what}-{len(self.workers)}.log").open("wb")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments],
                env={**self._environment, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait_for_port(self, host, port):
        end = time.monotonic() + 30
        while self.scheduler.poll() is None and time.monotonic() < end:
            with socket.socket() as tried:
                if tried.connect_ex((host, port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self._place / "scheduler-0.log").read_text())
