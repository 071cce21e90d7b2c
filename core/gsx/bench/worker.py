"""The process that runs cells: ``python -m gsx.bench.worker``. It lives on over many cells, importing torch once.

It reads a line of JSON for each cell from standard input and answers with a line of JSON on what was its standard
output; whatever a component prints goes to standard error. It ends when its input ends, even in the middle of a cell,
so that it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from gsx.store.process import prepare_process


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs_in = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # a component that reads its standard input must not take our jobs, nor wait for them
    os.close(nothing)
    prepare_process()
    from gsx.bench.running import CellRunner

    runners: dict[str, CellRunner] = {}
    _answer(answers, {"ready": os.getpid()})
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(jobs_in, jobs), daemon=True).start()
    while True:
        job = jobs.get()
        _answer(answers, _outcome(runners, CellRunner, job))


def _read(stream: TextIO, jobs: queue.Queue[dict[str, Any]]) -> None:
    try:
        for line in stream:
            jobs.put(json.loads(line))  # the last may be half a line, of a parent that was killed while it wrote
    finally:
        os._exit(0)  # at once: a cell may be running in the other thread, for a parent that is gone


def _answer(stream: TextIO, answer: Mapping[str, Any]) -> None:
    stream.write(json.dumps(answer) + "\n")
    stream.flush()


def _outcome(runners: dict[str, Any], make: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    from gsx.errors import DivergedError, GsxError, ran_out_of_memory

    try:
        device = job["device"]
        if device not in runners:
            runners[device] = make(device)
        runners[device].run(job, Path(job["out"]))
    except DivergedError as error:
        return {"status": "diverged", "reason": str(error), "exit_code": error.exit_code}
    except GsxError as error:
        return _failed(str(error), error.exit_code)
    except BaseException as error:  # noqa: BLE001 - a stranger's component must not cost the other cells
        if ran_out_of_memory(error):
            return _failed(f"out of memory: {error}".removesuffix(": "), 8)
        return _failed(f"{type(error).__name__}: {error}", 1)
    return {"status": "done", "reason": None, "exit_code": None}


def _failed(reason: str, exit_code: int) -> dict[str, Any]:
    """Called while the error is being handled: nobody else sees where it happened."""
    return {"status": "error", "reason": reason, "exit_code": exit_code, "traceback": traceback.format_exc()}


if __name__ == "__main__":
    main()
