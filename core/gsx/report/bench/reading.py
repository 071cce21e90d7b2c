"""read_benchmark: the cells of a folder, each checked, made small and shared between readers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from gsx.errors import StoreError
from gsx.report.bench.benchfile import read_bench_file
from gsx.report.bench.cellfile import CellFile, ExplanationFile, MetricFile, PairFile, UnreadableCell, Value, read_cell
from gsx.report.bench.records import Array, Benchmark, Cell, Column, Explained, Unread
from gsx.report.text import visible

_KEY = re.compile(r"[0-9a-f]{16}")
_T = TypeVar("_T")

TIME, MEMORY = "time", "peak-memory"
"""What a cell cost, beside its metrics."""


def find_cells(folder: Path) -> tuple[Iterator[tuple[Path, CellFile | Unread]], int]:
    """Each folder under cells/, read when it is asked for, and how many are unfinished.

    Raises:
        StoreError: no benchmark folder, or it cannot be looked into.
    """
    place = folder / "cells"
    if not folder.is_dir():
        raise StoreError(f"{folder} is not a folder.", hint="Name a folder that `gsx bench` made.")
    if not place.is_dir():
        raise StoreError(
            f"{folder} is not a benchmark folder: it has no folder cells/.", hint="Name a folder that `gsx bench` made."
        )
    try:
        names = sorted(path.name for path in place.iterdir())
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror or error}.") from error
    whole = [name for name in names if not (name.startswith(".") or name.endswith(".partial"))]
    return ((place / name, _read_or_say(place / name)) for name in whole), len(names) - len(whole)


def _read_or_say(path: Path) -> CellFile | Unread:
    if _KEY.fullmatch(path.name) is None:
        return Unread(visible(path.name)[:80], "its name is not a cell's key (16 hex digits)")
    try:
        return read_cell(path)
    except UnreadableCell as reason:
        return Unread(path.name, visible(str(reason)))


def read_benchmark(folder: Path) -> Benchmark:
    """The benchmark in ``folder``. A cell that cannot be read is listed with its reason and left out.

    Raises:
        StoreError: ``folder`` is no benchmark folder.
    """
    found, unfinished = find_cells(folder)
    asked, problem = read_bench_file(folder)
    problems, unread, cells, shared = [problem] if problem else [], [], [], _Shared()
    problems += map(visible, asked.cautions)
    for _, cell in found:
        if isinstance(cell, Unread):
            unread.append(cell)
        else:
            cells.append(_small(cell, shared))
    if lost := len(set(asked.cells) - {cell.key for cell in cells} - {one.name for one in unread}):
        problems.append(f"{lost} of the {len(asked.cells)} cells that the last call planned have no folder yet.")
    planned = {key: place for place, key in enumerate(asked.cells)}
    cells.sort(key=lambda cell: (planned.get(cell.key, len(planned)), cell.started, cell.key))
    return Benchmark(folder, asked, cells, unread, unfinished, problems)


def value_text(value: Value) -> str:
    """An axis' value as it is shown and compared: 1.0 and 1 are one, true and 1 are not."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return f"{value:.12g}" if isinstance(value, (int, float)) else visible(value)


class _Shared:
    """Equal values kept once: ten thousand cells say much the same."""

    def __init__(self) -> None:
        self._seen: dict[Any, Any] = {}

    def __call__(self, value: _T) -> _T:
        found: _T = self._seen.setdefault(value, value)
        return found


def _small(cell: CellFile, shared: _Shared) -> Cell:
    by_id = {metric.id: metric for metric in cell.metrics}
    columns, values = _pair_values(cell.pairs, by_id, cell, shared)
    texts = {name: tuple(sorted((visible(k), visible(v)) for k, v in part)) for name, part in _named(cell).items()}
    return Cell(
        key=cell.key,
        status=shared(cell.status),
        reason=visible(cell.reason or ""),
        control=cell.control,
        coordinates=shared(
            tuple(sorted((visible(axis), value_text(value)) for axis, value in cell.coordinates.items()))
        ),
        seed=cell.seed or 0,
        label=shared(visible(cell.label)),
        components=shared(texts["components"]),
        fingerprint=cell.fingerprint,
        data=shared(visible(cell.data)),
        size=cell.size,
        weights=shared(texts["weights"]),
        notes=shared(tuple(map(visible, cell.notes))),
        started=cell.started,
        worker=shared(cell.worker),
        seconds=cell.seconds.get("total"),
        places=shared(tuple((visible(pair.content), visible(pair.style)) for pair in cell.pairs)),
        columns=columns,
        values=values,
        whole=_whole_values(cell, by_id, shared),
        missing=shared(tuple(_missing(cell))),
        explained=tuple(_explained(cell.pairs, shared)),
    )


def _named(cell: CellFile) -> Mapping[str, list[tuple[str, str]]]:
    return {
        "components": [(part, name) for part, name in cell.components.items() if name is not None],
        "weights": [(part, f"{one.id or 'unnamed'} {one.sha256 or ''}") for part, one in cell.weights.items() if one],
    }


def column_of(metric: MetricFile, figure: str, scope: Literal["pair", "set"]) -> Column:
    """The column that one figure of ``metric`` belongs into; ``scope`` is where the figure was found."""
    return Column(
        visible(metric.id),
        visible(figure),
        metric.version,
        visible(metric.preprocessing),
        metric.direction,
        scope,
        visible(metric.summary),
    )


def machine(cell: CellFile) -> str:
    """Where it was made, as far as seconds and bytes hang on it."""
    worker = cell.worker
    if worker is None:
        return "machine not recorded"
    threads = f"{worker.threads} thread{'' if worker.threads == 1 else 's'}" if worker.threads else ""
    return visible(", ".join(filter(None, (worker.device, worker.device_name, threads)))) or "machine not recorded"


def time_column(cell: CellFile) -> Column:
    """Seconds of a pair. On another machine it is another column."""
    return Column(TIME, "seconds", 0, machine(cell), "lower", "pair", "Seconds that one pair took to stylise.")


def memory_column(cell: CellFile) -> Column:
    """Peak memory of a cell. On another machine it is another column."""
    return Column(MEMORY, "MiB", 0, machine(cell), "lower", "cell", "The most memory that the cell held.")


def explainer_columns(one: ExplanationFile) -> Iterator[tuple[Column, float]]:
    """Cost and card of one explanation. Which way a check is good is the card's verdict to say, so no direction."""
    metric, of = f"explainer {visible(one.id)}", visible(", ".join(filter(None, (one.explainer, one.score, one.unit))))
    if one.seconds is not None:
        yield Column(metric, "seconds", 0, of, "lower", "pair", "Seconds that one explanation took."), one.seconds
    if one.evaluations is not None:
        yield (
            Column(metric, "evaluations", 0, of, "lower", "pair", "Passes through the pipeline."),
            float(one.evaluations),
        )
    for check, result in one.card.items():
        if result.value is not None:
            yield Column(metric, f"card {visible(check)}", 0, of, "none", "pair", "A check's value."), result.value


def pair_figures(cell: CellFile, pair: PairFile, by_id: Mapping[str, MetricFile]) -> Iterator[tuple[Column, float]]:
    """Every figure of one pair, cost and explanations among them."""
    for metric, figures in pair.figures.items():
        for figure, value in figures.items():
            yield column_of(by_id[metric], figure, "pair"), value
    if pair.seconds is not None:
        yield time_column(cell), pair.seconds
    for one in pair.explanations:
        yield from explainer_columns(one)


def _pair_values(
    pairs: list[PairFile], by_id: Mapping[str, MetricFile], cell: CellFile, shared: _Shared
) -> tuple[tuple[Column, ...], Array]:
    """Columns and values of :class:`Cell`. A Column is made once per figure of a cell, which is most of the time."""
    found: dict[Column, list[float]] = {}
    known: dict[tuple[str, str], list[float]] = {}

    def values_of(column: Column) -> list[float]:
        return found.setdefault(shared(column), [math.nan] * len(pairs))

    time = time_column(cell)
    for place, pair in enumerate(pairs):
        for metric, figures in pair.figures.items():
            for figure, value in figures.items():
                if (values := known.get((metric, figure))) is None:
                    values = known[metric, figure] = values_of(column_of(by_id[metric], figure, "pair"))
                values[place] = value
        if pair.seconds is not None:
            if (values := known.get((TIME, ""))) is None:
                values = known[TIME, ""] = values_of(time)
            values[place] = pair.seconds
        for one in pair.explanations:
            for column, value in explainer_columns(one):
                values_of(column)[place] = value
    return shared(tuple(found)), np.array(list(found.values()), dtype=float).reshape(len(found), len(pairs)).T


def _whole_values(cell: CellFile, by_id: Mapping[str, MetricFile], shared: _Shared) -> dict[Column, float]:
    found = {
        shared(column_of(by_id[metric], figure, "set")): value
        for metric, figures in cell.set.items()
        for figure, value in figures.items()
    }
    if cell.cost is not None and cell.cost.peak_memory_mib is not None:
        found[shared(memory_column(cell))] = cell.cost.peak_memory_mib
    return found


def _missing(cell: CellFile) -> Iterator[str]:
    """``lpips: why (3 of 4 pairs)``, each once."""
    counts = Counter((metric, why) for pair in cell.pairs for metric, why in pair.missing.items())
    for (metric, why), count in counts.items():
        yield visible(f"{metric}: {why}") + (
            "" if count == len(cell.pairs) else f" ({count} of {len(cell.pairs)} pairs)"
        )
    for metric, why in cell.set_missing.items():
        yield visible(f"{metric}: {why}")


def _explained(pairs: list[PairFile], shared: _Shared) -> Iterator[Explained]:
    by_id: dict[tuple[str, str, str, str], list[ExplanationFile]] = {}
    for pair in pairs:
        for one in pair.explanations:
            by_id.setdefault((one.id, one.explainer, one.score, one.unit), []).append(one)
    for names, ones in by_id.items():
        name, explainer, score, unit = (shared(visible(one)) for one in names)
        verdicts = Counter(
            (visible(check), visible(result.verdict))
            for one in ones
            for check, result in one.card.items()
            if result.verdict is not None
        )
        failed = [one for one in ones if one.status != "done"]
        yield Explained(
            id=name,
            explainer=explainer,
            score=score,
            unit=unit,
            made=len(ones),
            null=sum(one.null for one in ones),
            failed=len(failed),
            verdicts=verdicts,
            error=shared(visible(failed[0].error or "") if failed else ""),
        )
