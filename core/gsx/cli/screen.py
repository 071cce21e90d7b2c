"""What ``gsx run`` shows: the chain, a progress bar with the loss, and the result."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gsx.cli.console import say, table
from gsx.cli.explained import card_line, summary, title
from gsx.contracts import shape_table
from gsx.pipeline.load import Loaded


def print_chain(loaded: Loaded, content: tuple[int, int], style: tuple[int, int]) -> None:
    """The shape table, from picture to picture; sizes are ``(height, width)``."""
    rows = shape_table(loaded.recipe.parts, loaded.plan, content, style)
    table(
        ("stage", "gives", "channels × height × width", "read by"),
        [(row.stage, row.gives, row.shape, row.readers) for row in rows],
        title="The chain",
    )


class RichScreen:
    """A progress bar on standard error; a line at each quarter of a stage where that is no terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not self._terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> RichScreen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def step(self, stage: str, index: int, total: int, values: Mapping[str, float]) -> None:
        """Show that step ``index`` of ``total`` of a stage is done, with its loss where it has one."""
        loss = f"loss {values['loss']:.4f}" if "loss" in values else ""
        if self._terminal:
            if stage not in self._tasks:
                self._tasks[stage] = self._progress.add_task(stage, total=total, loss="")
            self._progress.update(self._tasks[stage], completed=index, total=total, loss=loss)
        elif self._tasks.get(stage) != (quarter := 4 * index // max(total, 1)):
            self._tasks[stage] = quarter
            say(f"{stage}: {index}/{total} {loss}".rstrip(), error=True)


def print_result(result: Mapping[str, Any], folder: Path, shown_before: Collection[str] = ()) -> None:
    """Figures, explanations, notes that were not ``shown_before``, and where the report is."""
    rows: list[tuple[str, str]] = []
    for metric in result.get("metrics", ()):
        if "values" in metric:
            values = metric["values"]
            # The report lists every layer; here the means say it.
            means = {name: value for name, value in values.items() if name.rpartition(".")[2] == "mean"} or values
            shown = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        else:
            shown = f"skipped, because {metric['skipped']}" if "skipped" in metric else f"failed: {metric['error']}"
        rows.append((metric["id"], shown))
    effect = result.get("fusion_effect", {})
    if "mean_abs_difference" in effect:
        rows.append(
            (
                "fusion effect",
                f"{effect['mean_abs_difference']:.4f} mean change of the picture against the 'content' fusion",
            )
        )
    for item in result.get("explanations", ()):
        card = card_line(item)
        rows.append((title(item), summary(item) + (f"; card: {card}" if card else "")))
    known = result.get("notes", ())
    rows += [("note", text) for text in known if text not in shown_before]
    rows += [("plugin problem", text) for text in result.get("plugin_problems", ())]
    table(("what", "result"), rows, title="The result")
    say(f"{result['seconds']['total']:.1f} s. Report: {folder / 'report.html'}")
