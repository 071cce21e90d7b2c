"""A benchmark from plan to filled folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from gsx.bench.cell import Cell
from gsx.bench.folder import KEPT, BenchFolder
from gsx.bench.pictures import Pictures
from gsx.bench.plan import Plan
from gsx.bench.process import open_worker
from gsx.errors import BenchError, InterruptedRun, PluginError, StoreError
from gsx.specs.executing import CellOutcome, Executor

Listener = Callable[[Cell, CellOutcome], None]


@dataclass
class Summary:
    """How the cells of one call ended, by status; ``kept`` were done before."""

    statuses: Counter[str] = field(default_factory=Counter)
    kept: int = 0


def to_run(plan: Plan, folder: BenchFolder) -> list[Cell]:
    """The cells that are neither refused nor done already, in an order in which neighbours share their extractor."""
    open_cells = [cell for cell in plan.runnable if folder.status(cell.key) not in KEPT]
    return sorted(open_cells, key=lambda cell: repr(cell.job["recipe"]["extractor"]))


def run_bench(
    plan: Plan,
    pictures: Pictures,
    folder: BenchFolder,
    executor: Executor,
    *,
    timeout: float,
    device: str,
    command: str,
    listener: Listener,
) -> Summary:
    """Run what is not done yet. The caller has asked ``executor.slots`` and holds ``folder.open()``.

    Every cell that ends is kept at once, so that nothing finished is lost, however this ends.

    Raises:
        StoreError: the folder cannot be written any more; ExecutorError: nowhere to run cells; InterruptedRun: Ctrl-C.
        BenchError: no cell succeeded, now or before.
    """
    cells = to_run(plan, folder)
    folder.write_plan(plan, pictures, command)
    refused = [cell for cell in plan.cells if cell.skipped is not None]
    for cell in refused:
        if folder.result(cell.key).get("reason") != cell.skipped:
            folder.write_unfinished(cell, "skipped", cell.skipped or "")
    folder.forget_refusals(plan.runnable)
    folder.make_room(cells)
    again = {cell.key for cell in cells}
    for cell in plan.runnable:
        if cell.key not in again:
            folder.place(cell)
    summary = Summary(Counter(skipped=len(refused)), kept=len(plan.runnable) - len(cells))
    if cells:
        _run(cells, folder, executor, timeout, device, listener, summary)
    asked = [cell for cell in plan.runnable if cell.control is None]
    if not any(folder.status(cell.key) == "done" for cell in asked):
        raise BenchError(
            f"none of {len(asked)} cells succeeded; the first: {_first_reason(plan, folder)}",
            hint=f"All reasons: gsx bench report {folder.path}",
        )
    return summary


def _run(
    cells: Sequence[Cell],
    folder: BenchFolder,
    executor: Executor,
    timeout: float,
    device: str,
    listener: Listener,
    summary: Summary,
) -> None:
    waiting = {cell.key: cell for cell in cells}
    jobs = [_job(cell, folder, device) for cell in cells]
    outcomes = cast(
        "Generator[CellOutcome]",
        executor.run([job.as_job() for job in jobs], open_worker, timeout=timeout, device=device),
    )
    try:
        for outcome in outcomes:
            cell = waiting.pop(outcome.key)
            if outcome.exit_code == StoreError.exit_code:
                # The next cells would meet the same full disk, after all their work.
                raise StoreError(outcome.reason or f"{folder.path} cannot be written.")
            outcome = _in_one_line(outcome)
            folder.settle(cell, outcome)
            summary.statuses[outcome.status] += 1
            listener(cell, outcome)
    except KeyboardInterrupt as stop:
        raise InterruptedRun(
            f"Interrupted: {len(cells) - len(waiting)} of {len(cells)} cells are finished in {folder.path}; the same "
            "command goes on with the others."
        ) from stop
    finally:
        outcomes.close()
    if waiting:
        raise PluginError(
            f"the executor gave no outcome for {len(waiting)} of {len(cells)} cells.",
            hint="The same command runs them again; report this to the executor's author.",
        )


def _in_one_line(outcome: CellOutcome) -> CellOutcome:
    """A reason goes into a row of a table, and what a stranger's component raises may have many lines."""
    return outcome if outcome.reason is None else replace(outcome, reason=" ".join(outcome.reason.split()))


def _job(cell: Cell, folder: BenchFolder, device: str) -> Cell:
    body: dict[str, Any] = {
        **cell.job,
        "device": device.partition(":")[0],  # which of several is for the executor to choose
        "record": cell.record("done", None),
        "out": str(folder.cell(cell.key).resolve()),
        "training": str(folder.training(cell.key).resolve()),
    }
    return replace(cell, job=body)


def _first_reason(plan: Plan, folder: BenchFolder) -> str:
    for cell in plan.runnable:
        if cell.control is None and (reason := folder.result(cell.key).get("reason")):
            return f"{cell.label}: {reason}"
    return "it left no result."
