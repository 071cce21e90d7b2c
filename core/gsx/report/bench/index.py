"""index.sqlite: the cells' figures for anybody's queries, made anew from the folders at will and never the truth."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gsx.errors import StoreError
from gsx.report.bench.cellfile import CellFile
from gsx.report.bench.reading import find_cells, value_text
from gsx.report.bench.records import Unread
from gsx.report.bench.tidy import Tidy, tidy_rows
from gsx.report.text import visible
from gsx.store.atomic import write_with

INDEX = "index.sqlite"

_SCHEMA = """
CREATE TABLE cells (key TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT, control TEXT, seed INTEGER,
  label TEXT, data TEXT, size INTEGER, fingerprint TEXT, started TEXT, host TEXT, device TEXT, seconds REAL,
  peak_memory_mib REAL);
CREATE TABLE coordinates (cell TEXT NOT NULL REFERENCES cells(key), axis TEXT NOT NULL, value TEXT);
CREATE TABLE figures (cell TEXT NOT NULL REFERENCES cells(key), pair TEXT, content TEXT, style TEXT,
  metric TEXT NOT NULL, figure TEXT, version INTEGER, preprocessing TEXT, direction TEXT, scope TEXT,
  value REAL, missing TEXT);
CREATE TABLE explanations (cell TEXT NOT NULL REFERENCES cells(key), pair TEXT NOT NULL, id TEXT, explainer TEXT,
  score TEXT, unit TEXT, status TEXT, is_null INTEGER, error TEXT, seconds REAL, evaluations INTEGER, folder TEXT,
  picture TEXT);
CREATE TABLE unread (name TEXT NOT NULL, reason TEXT NOT NULL);
"""
_AFTER = "CREATE INDEX figures_by_metric ON figures(metric, figure); CREATE INDEX axes ON coordinates(axis, value);"


@dataclass(frozen=True)
class Indexed:
    """The index and what went into it."""

    file: Path
    cells: int
    figures: int
    unread: list[Unread]


def rebuild_index(folder: Path) -> Indexed:
    """Write ``index.sqlite`` anew, beside the old one and renamed into its place.

    Raises:
        StoreError: ``folder`` is no benchmark folder, or cannot be written.
    """
    found, _ = find_cells(folder)
    results: list[Indexed] = []

    def write(file: Path) -> None:
        with closing(sqlite3.connect(file)) as base, base:
            # A crash leaves the old index, for this file has its name only when it is whole.
            base.execute("PRAGMA journal_mode = OFF")
            base.execute("PRAGMA synchronous = OFF")
            base.executescript(_SCHEMA)
            results.append(_fill(base, folder / INDEX, (cell for _, cell in found)))
            base.executescript(_AFTER)

    try:
        write_with(folder / INDEX, write)
    except sqlite3.Error as error:
        raise StoreError(f"{folder / INDEX} cannot be written: {error}.", hint="Free some space.") from error
    return results[0]


def _fill(base: sqlite3.Connection, file: Path, found: Iterable[CellFile | Unread]) -> Indexed:
    cells, figures, unread = 0, 0, []
    for cell in found:
        if isinstance(cell, Unread):
            unread.append(cell)
            continue
        cells += 1
        worker, cost = cell.worker, cell.cost
        base.execute(
            f"INSERT INTO cells VALUES ({_marks(14)})",  # noqa: S608 - question marks alone
            (
                *(cell.key, cell.status, _shown(cell.reason), cell.control, cell.seed, visible(cell.label)),
                *(visible(cell.data), cell.size, visible(cell.fingerprint), visible(cell.started)),
                *((visible(worker.host), visible(worker.device)) if worker else (None, None)),
                cell.seconds.get("total"),
                cost.peak_memory_mib if cost else None,
            ),
        )
        axes = [(cell.key, visible(axis), value_text(value)) for axis, value in cell.coordinates.items()]
        base.executemany("INSERT INTO coordinates VALUES (?, ?, ?)", axes)
        rows = [_figure(row) for row in tidy_rows(cell) if row.metric is not None]
        figures += len(rows)
        base.executemany(f"INSERT INTO figures VALUES ({_marks(12)})", rows)  # noqa: S608
        base.executemany(f"INSERT INTO explanations VALUES ({_marks(13)})", _explanations(cell))  # noqa: S608
    base.executemany("INSERT INTO unread VALUES (?, ?)", [(one.name, one.reason) for one in unread])
    return Indexed(file, cells, figures, unread)


def _figure(row: Tidy) -> tuple[object, ...]:
    return (row.cell, *row[row._fields.index("pair") :])


def _explanations(cell: CellFile) -> Iterable[tuple[object, ...]]:
    for pair in cell.pairs:
        for one in pair.explanations:
            texts = (one.id, one.explainer, one.score, one.unit, one.status)
            yield (
                *(cell.key, visible(pair.label), *map(visible, texts), int(one.null), _shown(one.error)),
                *(one.seconds, one.evaluations, visible(one.folder), _shown(one.picture)),
            )


def _shown(value: str | None) -> str | None:
    return None if value is None else visible(value)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
