"""What ``gsx bench`` shows while cells run."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gsx.bench.cell import Cell
from gsx.bench.process import TRACEBACK
from gsx.cli.console import say
from gsx.cli.state import debug
from gsx.specs.executing import CellOutcome


class BenchScreen:
    """A progress bar over cells on standard error, and a line for each that failed; a line for each in a pipe."""

    def __init__(self, total: int) -> None:
        self._total, self._ended, self._terminal = total, 0, sys.stderr.isatty()
        self._progress = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self._terminal,
        )
        self._task = self._progress.add_task("cells", total=total)

    def __enter__(self) -> BenchScreen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def ended(self, cell: Cell, outcome: CellOutcome) -> None:
        """Show that a cell ended, and why where it is not done."""
        self._ended += 1
        self._progress.advance(self._task)
        seed = f", seed {cell.seed}" if cell.seed else ""
        reason = f", because {outcome.reason}" if outcome.reason else ""
        if outcome.status != "done" or not self._terminal:
            say(f"[{self._ended}/{self._total}] {cell.label}{seed}: {outcome.status}{reason}", error=True)
        if debug() and outcome.files is not None and (trace := outcome.files.get(TRACEBACK)):
            say(trace.decode(), error=True)
