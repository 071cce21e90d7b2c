"""What ``gsx bench`` does: plan, ask, run, and show what came of it."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from gsx.bench.axes import axes_of
from gsx.bench.bench import Summary, run_bench, to_run
from gsx.bench.folder import BenchFolder, default_bench_folder
from gsx.bench.pictures import Pictures, pictures_of
from gsx.bench.plan import Plan, Question, make_plan
from gsx.cli.bench_screen import BenchScreen
from gsx.cli.console import say, say_json, table
from gsx.cli.running import stop_on_sigterm
from gsx.errors import RecipeError
from gsx.pipeline.blame import create
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.resolve import resolve_executor
from gsx.report.bench.comparison import compare_benchmarks
from gsx.report.bench.index import rebuild_index
from gsx.report.bench.page import write_bench_report
from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.table import Table, table_rows
from gsx.report.formats import plural
from gsx.run.inputs import find_benchmark_work


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    question: Question
    section: BenchSection
    executor: dict[str, Any]
    out: Path | None
    skip_bad: bool
    yes: bool
    json: bool
    command: str


def run_benchmark(request: Request) -> None:
    """Run it, and print what came of it.

    Raises:
        GsxError: as planning and :func:`gsx.bench.bench.run_bench` raise.
    """
    stop_on_sigterm()
    section, question = request.section, request.question
    _ask(request)
    chosen = resolve_executor(request.executor, question.catalog)
    inputs, run = question.inputs()
    work = find_benchmark_work(inputs, skip_bad=request.skip_bad)
    for bad in work.skipped:
        say(f"skipped: {bad.reason}", error=True)
    pictures = pictures_of(work, run.size)
    plan = make_plan(question, section, pictures)
    folder = BenchFolder(request.out or default_bench_folder(cell.key for cell in plan.cells))
    executor = create(chosen)
    slots = executor.slots(run.device)
    # Whatever a component prints belongs on standard error where standard output is JSON.
    with contextlib.redirect_stdout(sys.stderr) if request.json else contextlib.nullcontext(), folder.open():
        open_cells = to_run(plan, folder)
        _announce(plan, len(open_cells), pictures, slots)
        with BenchScreen(len(open_cells)) as screen:
            summary = run_bench(
                plan,
                pictures,
                folder,
                executor,
                timeout=section.timeout,
                device=run.device,
                command=request.command,
                listener=screen.ended,
            )
    say(_told(summary), error=True)
    show(folder.path, json=request.json)


def _ask(request: Request) -> None:
    """Ask before a benchmark of so many cells that it may be a slip.

    Raises:
        RecipeError: there is nobody to ask. typer.Abort: the user says no.
    """
    count = math.prod(len(values) for values in axes_of(request.section).values()) * request.section.seeds
    if count < request.section.ask_above or request.yes:
        return
    if not sys.stdin.isatty():
        raise RecipeError(f"this benchmark has {count:,} cells.", hint="Say --yes to start it, or fewer values.")
    typer.confirm(f"This benchmark has {count:,} cells. Start it?", abort=True, err=True)


def _announce(plan: Plan, count: int, pictures: Pictures, slots: str) -> None:
    """How many cells there are and what becomes of them, and why some are refused, before anything starts."""
    refused = [cell for cell in plan.cells if cell.skipped is not None]
    done = len(plan.runnable) - count
    controls = sum(cell.control is not None for cell in plan.cells)
    say(
        f"{plural(len(plan.cells) - controls, 'cell')} and {plural(controls, 'control')} over "
        f"{plural(len(pictures.pairs), 'pair')} of {pictures.size} px: {count} to run, {done} finished already, "
        f"{len(refused)} skipped; {slots}.",
        error=True,
    )
    for first, second in plan.same:
        say(f"{second} comes to the same recipe as {first}, which stands for both.", error=True)
    for line in plan.cautions:
        say(line, error=True)
    reasons: dict[str | None, list[str]] = {}
    for cell in refused:
        reasons.setdefault(cell.skipped, []).append(cell.label)
    for reason, labels in reasons.items():
        say(f"skipped: {_few(labels)}, because {reason}", error=True)


def _few(labels: Sequence[str]) -> str:
    """Some labels: one extractor whose weights are missing may cost hundreds of combinations."""
    more = f"; and {len(labels) - 3} more" if len(labels) > 3 else ""
    return "; ".join(labels[:3]) + more


def _told(summary: Summary) -> str:
    parts = [f"{count} {status}" for status, count in summary.statuses.items() if count]
    kept = f", {summary.kept} finished before" if summary.kept else ""
    return f"Cells: {', '.join(parts) or 'none to run'}{kept}."


def show(folder: Path, *, json: bool) -> None:
    """Print a benchmark's table, or its JSON, and write its page and index anew.

    Raises:
        StoreError: no benchmark's folder, or one that cannot be written.
    """
    tables = table_rows(read_benchmark(folder))
    if json:
        say_json([{"headings": one.headings, "rows": one.rows, "notes": one.notes} for one in tables])
    else:
        _print(tables)
    rebuild_index(folder)
    say(f"Report: {write_bench_report(folder)}", error=json)


def show_comparison(first: Path, second: Path, *, json: bool) -> None:
    """Print what became of one benchmark in another.

    Raises:
        StoreError: one of them is no benchmark's folder.
    """
    comparison = compare_benchmarks(first, second)
    if json:
        say_json(comparison.to_json())
        return
    _print([comparison.table()])
    for name, labels in (("A", comparison.only_a), ("B", comparison.only_b)):
        if labels:
            say(f"only in {name}: {'; '.join(labels)}")
    say(", ".join(f"{count} {verdict}" for verdict, count in comparison.verdicts.items()) or "Nothing to compare.")


def _print(tables: Sequence[Table]) -> None:
    for one in tables:
        table(one.headings, one.rows)
        for note in one.notes:
            say(note)
