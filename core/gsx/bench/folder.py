"""The folder of a benchmark: which cells it has, and how they get there."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gsx
from gsx.bench.axes import shown_value
from gsx.bench.cell import FORMAT, Cell, refusal_key
from gsx.bench.pictures import Pictures
from gsx.bench.plan import Plan
from gsx.errors import StoreError
from gsx.specs.executing import CellOutcome
from gsx.store.atomic import store_error, write_json
from gsx.store.lock import is_free, locked
from gsx.store.run_folder import RUNS, staged

KEPT = ("done", "diverged")
"""Cells with these results are not run again: the same recipe on the same pictures would end the same."""


def default_bench_folder(keys: Iterable[str]) -> Path:
    """``runs/bench-<what is compared>``: the same benchmark again goes on in the same folder."""
    return RUNS / f"bench-{hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()[:8]}"


class BenchFolder:
    """One benchmark's folder. Cells of earlier calls stay in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def cell(self, key: str) -> Path:
        """Where a cell's folder is."""
        return self.path / "cells" / key

    def training(self, key: str) -> Path:
        """Where a cell's generator is trained: it is live, so that one that was stopped goes on."""
        return self.path / "trainings" / key

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the folder, which is made where it is missing, and clear away what a killed benchmark left half done.

        Raises:
            StoreError: it holds something else, cannot be written, or another benchmark is working in it.
        """
        self._check_ours()
        try:
            self.cell("").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(self.path, error) from error
        lock = self.path / ".lock"
        if not is_free(lock):
            raise StoreError(
                f"another benchmark is working in {self.path}.",
                hint="Wait until it ends, or choose another folder with --out.",
            )
        with locked(lock):
            for partial in self.cell("").glob(".*.partial"):
                shutil.rmtree(partial, ignore_errors=True)
            yield

    def _check_ours(self) -> None:
        try:
            foreign = self.path.exists() and any(
                one.name not in ("bench.json", "cells") and not one.name.startswith(".") for one in self.path.iterdir()
            )
            ours = (self.path / "bench.json").is_file() or (self.path / "cells").is_dir()
        except OSError as error:
            raise store_error(self.path, error) from error
        if foreign and not ours:
            raise StoreError(
                f"output {self.path} exists already, and is no benchmark's folder.",
                hint="Choose another --out, or name a benchmark's folder to go on with it.",
            )

    def result(self, key: str) -> dict[str, Any]:
        """What result.json of a cell says; {} where there is none, or none that can be read."""
        try:
            result = json.loads((self.cell(key) / "result.json").read_text(encoding="utf-8"))
            whole = isinstance(result["coordinates"], dict) and isinstance(result["pairs"], list)
            return result if whole and result["format"] == FORMAT and result["key"] == key else {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}

    def status(self, key: str) -> str | None:
        """How the cell ended, or None where there is none that can be read."""
        return self.result(key).get("status")

    def place(self, cell: Cell) -> None:
        """Give a cell of an earlier call its place in this one, whose axes and names of pictures may be others.

        Raises:
            StoreError: the folder cannot be written.
        """
        result = self.result(cell.key)
        record = cell.record("done", None)
        pairs = [  # of the same bytes in the same order, as the key says; one that diverged has none
            {**made, **{part: pair[part] for part in ("label", "content", "style")}}
            for made, pair in zip(result["pairs"], cell.job["pairs"], strict=False)
        ]
        axes = {**result["coordinates"], **record["coordinates"]}
        placed = {**result, "label": cell.label, "coordinates": axes, "pairs": pairs}
        if placed != result:
            write_json(self.cell(cell.key) / "result.json", placed)

    def write_plan(self, plan: Plan, pictures: Pictures, command: str) -> None:
        """Write bench.json and the pictures.

        Raises:
            StoreError: the folder cannot be written.
        """
        pictures.keep(self.path)
        now = time.strftime("%Y-%m-%dT%H:%M:%S")
        write_json(
            self.path / "bench.json",
            {
                "format": FORMAT,
                "gsx": gsx.__version__,
                "started": now,
                "command": command,
                "axes": {axis: [shown_value(value) for value in values] for axis, values in plan.axes.items()},
                "seeds": list(plan.seeds),
                **pictures.records(),
                "cells": [cell.key for cell in plan.cells],
                "cautions": list(plan.cautions),
                "calls": [
                    *self._calls(),
                    {"started": now, "command": command, "data": pictures.hash, "cells": len(plan.cells)},
                ],
            },
        )

    def _calls(self) -> list[Any]:
        try:
            calls = json.loads((self.path / "bench.json").read_text(encoding="utf-8"))["calls"]
            return calls if isinstance(calls, list) else []
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []  # the first call, or one that cannot be read: the cells say what there is

    def make_room(self, cells: Sequence[Cell]) -> None:
        """Remove what is left of these cells from an earlier call: they are to run again."""
        for cell in cells:
            self._remove(cell.key)

    def forget_refusals(self, cells: Sequence[Cell]) -> None:
        """Remove what an earlier call noted of these combinations where it refused them: they are not any more."""
        for cell in cells:
            if cell.control is None:
                self._remove(refusal_key(cell.coordinates, cell.job["data"]))

    def _remove(self, key: str) -> None:
        if self.cell(key).exists():
            try:
                shutil.rmtree(self.cell(key))
            except OSError as error:
                raise store_error(self.cell(key), error) from error

    def write_unfinished(self, cell: Cell, status: str, reason: str, files: Mapping[str, bytes] | None = None) -> None:
        """The folder of a cell that has no figures: why. Errors as :meth:`write_files`."""
        self.make_room([cell])
        with staged(self.cell(cell.key)) as stage:
            self._write(cell.key, stage, files or {})
            record = cell.record(status, reason)
            write_json(stage / "result.json", {**record, "started": time.strftime("%Y-%m-%dT%H:%M:%S"), "pairs": []})
            if cell.loaded is not None:
                write_json(stage / "recipe.json", cell.loaded.recipe.canonical())

    def write_files(self, key: str, files: Mapping[str, bytes]) -> None:
        """The folder of a cell that ran elsewhere. Errors as :func:`gsx.store.run_folder.staged`.

        Raises:
            StoreError: a file that would lie outside the folder.
        """
        with staged(self.cell(key)) as stage:
            self._write(key, stage, files)

    def _write(self, key: str, stage: Path, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            place = stage / name
            if not place.resolve().is_relative_to(stage.resolve()):
                raise StoreError(f"a worker sent a file {name!r}, which would lie outside the cell's folder.")
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            except OSError as error:
                raise store_error(self.cell(key), error) from error

    def settle(self, cell: Cell, outcome: CellOutcome) -> None:
        """Keep what came of a cell. Errors as :func:`gsx.store.run_folder.staged`."""
        if outcome.status != "done":
            self.write_unfinished(cell, outcome.status, outcome.reason or "it gave no reason.", outcome.files)
        elif outcome.files is not None:
            self.write_files(cell.key, outcome.files)
