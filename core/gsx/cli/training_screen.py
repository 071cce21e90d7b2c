"""What ``gsx train`` and ``gsx distill`` show while they work."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gsx.cli.console import say


class TrainingScreen:
    """A progress bar with the newest numbers on a terminal; now and then a line where output is piped."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> TrainingScreen:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def step(self, stage: str, index: int, total: int, values: Any) -> None:
        text = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        if not self._console.is_terminal:
            if values:
                say(f"{stage} {index}/{total}  {text}", error=True)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total, values="")
        self._progress.update(self._tasks[stage], completed=index)
        if text:
            self._progress.update(self._tasks[stage], values=text)

    def note(self, text: str) -> None:
        """A warning that stays on the screen."""
        self._console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)

    def cancelled(self) -> bool:
        return False
