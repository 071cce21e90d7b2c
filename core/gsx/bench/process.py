"""The parent's side of a worker process: start it, hand it cells, and end it where it crashes or hangs. Torch-free."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from gsx.specs.executing import CellJob, CellOutcome

START = 300.0
"""Seconds that a worker may take to import what it needs."""

TRACEBACK = "traceback.txt"
"""The file of a failed cell that says where it happened."""

_TAIL = 2000
"""Bytes of a crashed worker's last words that are read."""


def open_worker(environment: Mapping[str, str]) -> WorkerProcess:
    """A worker whose process has these variables besides our own. See :class:`gsx.api.CellWorker`."""
    return WorkerProcess(environment)


class _NotStartedError(EOFError):
    """There is no process to ask for its last words."""


class WorkerProcess:
    """See :class:`gsx.api.CellWorker`. The process starts with the first cell, and again after each lost one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._unread = b""
        self._closed = False
        self._running = threading.Lock()

    def run(self, job: CellJob, *, timeout: float, carry: bool = False) -> CellOutcome:
        """Run one cell; see :class:`gsx.api.CellWorker`."""
        if not carry:
            return self._outcome(job, Path(job.body["out"]), timeout)
        with tempfile.TemporaryDirectory(prefix="gsx-cell-") as place:
            out = Path(place) / job.key
            outcome = self._outcome(job, out, timeout)
            if outcome.status != "done":
                return outcome
            files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        return CellOutcome(job.key, "done", files=files)

    def _outcome(self, job: CellJob, out: Path, timeout: float) -> CellOutcome:
        with self._running:
            return self._answered(job, out, timeout)

    def _answered(self, job: CellJob, out: Path, timeout: float) -> CellOutcome:
        try:
            if self._process is not None and self._process.poll() is not None:
                self._kill()  # it ended after its last cell, which is not this one's fault
            if self._process is None:
                self._start()
            self._forget_words()
            self._send({**job.body, "out": str(out)})
            answer = self._answer(time.monotonic() + timeout)
        except TimeoutError:
            self._kill()
            return CellOutcome(job.key, "timeout", f"it took more than {timeout:g} seconds, and was stopped.")
        except (BrokenPipeError, EOFError) as error:
            reason = str(error) if isinstance(error, _NotStartedError) else self._last_words()
            self._kill()
            return CellOutcome(job.key, "error", reason, 1)
        finally:
            # What a process that was stopped had begun.
            for partial in out.parent.glob(f".{out.name}.*.partial"):
                shutil.rmtree(partial, ignore_errors=True)
        trace = answer.get("traceback")
        files = None if trace is None else {TRACEBACK: trace.encode(errors="replace")}
        return CellOutcome(job.key, answer["status"], answer["reason"], answer["exit_code"], files)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        process = self._process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):  # ended by itself
                os.killpg(process.pid, signal.SIGKILL)
        with self._running:  # whoever waits for its answer learns of its end, and is done with its pipes
            self._kill()

    def _start(self) -> None:
        # Its last words are only wanted where it crashes; a pipe that nobody reads would fill and hold it up.
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gsx.bench.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env={**os.environ, **self._environment},
                start_new_session=True,  # Ctrl-C is for the parent to handle
            )
        except OSError as error:
            raise _NotStartedError(f"no worker process can be started: {error}.") from error
        if self._closed:  # before there was a process to end
            raise EOFError
        self._unread = b""
        try:
            self._answer(time.monotonic() + START)
        except TimeoutError as error:
            raise _NotStartedError(f"its worker process was not ready within {START:g} seconds.") from error

    def _send(self, job: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        self._process.stdin.flush()

    def _answer(self, until: float) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        ended = False
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready, _, _ = select.select([process.stdout], [], [], 0 if ended else min(left, 1.0))
            if ended and not ready:  # what it left running may hold the pipe open, so that its end is never read
                raise EOFError
            ended = process.poll() is not None
            if ready:
                read = os.read(process.stdout.fileno(), 2**16)
                if not read:
                    raise EOFError
                self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _forget_words(self) -> None:
        """What it wrote during earlier cells: it would fill the disk, and tell of another cell's crash."""
        if self._words is not None:
            self._words.seek(0)  # the place at which the process writes, too
            self._words.truncate()

    def _last_words(self) -> str:
        """Why the process ended, and the last line that it wrote."""
        if self._closed or self._process is None:
            return "it was stopped."
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        code = self._process.returncode
        reason = "its worker process ended without an answer"
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            reason = f"its worker process was ended by signal {name}"
            if -code == signal.SIGKILL:
                reason += ", as the system does where memory runs out"
        elif code:
            reason += f" (exit code {code})"
        if self._words is not None:
            size = self._words.seek(0, os.SEEK_END)
            self._words.seek(max(0, size - _TAIL))
            lines = [line for line in self._words.read().decode(errors="replace").splitlines() if line.strip()]
            if lines:
                reason += f": {lines[-1].strip()}"
        return f"{reason}."

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):  # ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
        if self._words is not None:
            self._words.close()
            self._words = None
