"""The half of the doctor that runs in a process with one plugin: loads it, and writes down what that did."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import importlib.metadata
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from gsx.errors import InterruptedRun
from gsx.plugins.doctor.patches import attributes, patched
from gsx.plugins.doctor.surroundings import changed, surroundings
from gsx.plugins.heavy import HEAVY
from gsx.plugins.hookspecs import ENTRY_POINT_GROUP
from gsx.plugins.loading import PluginManager, cause_of


def main(folder: str) -> None:
    """Read ``request.json`` in ``folder``, load the plugin, write ``facts.json``.

    Where Python itself dies, or the time limit ends this process, ``trace.txt`` says at which line.
    """
    request = json.loads(Path(folder, "request.json").read_text(encoding="utf-8"))
    for name in request["already"]:
        importlib.import_module(name)
    entry_point = _found(request)
    with Path(folder, "trace.txt").open("w", encoding="utf-8") as trace:
        faulthandler.enable(trace)
        faulthandler.dump_traceback_later(request["timeout"], exit=True, file=trace)
        facts = _facts(entry_point)
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()
    partial = Path(folder, "facts.partial")
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.rename(Path(folder, "facts.json"))
    _end()


def _found(request: dict[str, Any]) -> importlib.metadata.EntryPoint:
    """The entry point with its distribution, where that can be found again."""
    wanted = importlib.metadata.EntryPoint(request["name"], request["value"], request["group"])
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for entry_point in importlib.metadata.distribution(request["distribution"]).entry_points:
            if entry_point == wanted:
                return entry_point
    return wanted


def _facts(entry_point: importlib.metadata.EntryPoint) -> dict[str, Any]:
    modules, threads = attributes(), set(threading.enumerate())
    heavy = {name for name in HEAVY if name in sys.modules}
    around, began = surroundings(), time.perf_counter()
    error, components = _load(entry_point)
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "error": error,
        "components": components,
        "heavy": [name for name in HEAVY if name in sys.modules and name not in heavy],
        "patched": patched(modules),
        "changed": changed(around, surroundings()),
        "threads": [thread.name for thread in threading.enumerate() if thread not in threads],
    }


def _load(entry_point: importlib.metadata.EntryPoint) -> tuple[str | None, list[str]]:
    """The cause where it is broken, and what it offers as ``kind:name``."""
    try:
        if entry_point.group == ENTRY_POINT_GROUP:
            record = PluginManager().load_one(entry_point)
            return record.error, [f"{spec.kind}:{spec.name}" for spec in record.specs]
        entry_point.load()
    except InterruptedRun:
        return "KeyboardInterrupt", []
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's module raises is what is looked for
        return cause_of(error), []
    return None, []


def _end() -> None:
    """At once, for a thread that the plugin started would keep this process; what is still to be printed comes out."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and not stream.closed:
            stream.flush()
    if os.name == "posix":
        import ctypes

        ctypes.CDLL(None).fflush(None)  # what a library in C has printed
    os._exit(0)
