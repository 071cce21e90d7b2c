"""export: every figure as one tidy row of a CSV or parquet file, for other people's tools."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gsx.errors import MissingExtraError, StoreError
from gsx.report.bench.cellfile import CellFile
from gsx.report.bench.reading import find_cells
from gsx.report.bench.records import Unread
from gsx.report.bench.tidy import Tidy, coordinate_texts, tidy_rows
from gsx.store.atomic import write_with

_TYPES = {"seed": int, "size": int, "version": int, "value": float}
"""Columns that are no text."""

_BATCH = 50_000


def export(folder: Path, file: Path) -> list[Unread]:
    """Write the figures of the benchmark in ``folder`` to ``file``, whose ending says how: ``.csv`` or ``.parquet``.

    Returns:
        The folders under cells/ that could not be read and are not in the file.

    Raises:
        StoreError: another ending, no benchmark folder, or the file cannot be written.
        MissingExtraError: parquet without pyarrow.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if file.suffix.lower() not in writers:
        raise StoreError(f"{file} ends in neither .csv nor .parquet.", hint="Name a file with one of these endings.")
    if file.suffix.lower() == ".parquet":
        _pyarrow()  # before anything is read
    axes, unread = _axes(folder)
    write_with(file, lambda temporary: writers[file.suffix.lower()](temporary, axes, _rows(folder, axes)))
    return unread


def _axes(folder: Path) -> tuple[list[str], list[Unread]]:
    """The axes of all cells, which are columns; a first reading, for the second one's header has to name them all."""
    found: dict[str, None] = {}
    unread = []
    for _, cell in find_cells(folder)[0]:
        if isinstance(cell, Unread):
            unread.append(cell)
        else:
            found.update(dict.fromkeys(coordinate_texts(cell)))
    return list(found), unread


def _rows(folder: Path, axes: list[str]) -> Iterator[tuple[Any, ...]]:
    for _, cell in find_cells(folder)[0]:
        if isinstance(cell, CellFile):
            coordinates = coordinate_texts(cell)
            values = tuple(coordinates.get(axis) for axis in axes)
            for row in tidy_rows(cell):
                yield (*row, *values)


def _write_csv(file: Path, axes: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*Tidy._fields, *axes])
        writer.writerows(tuple(map(_inert, row)) for row in rows)


def _inert(value: object) -> object:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it (OWASP, "CSV injection")."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)  # an axis' value such as -0.5
    except ValueError:
        return f"'{value}"
    return value


def _write_parquet(file: Path, axes: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    pyarrow, parquet = _pyarrow()
    types = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string()}
    schema = pyarrow.schema([(name, types[_TYPES.get(name, str)]) for name in (*Tidy._fields, *axes)])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        remaining = iter(rows)
        while batch := list(itertools.islice(remaining, _BATCH)):
            arrays = [
                pyarrow.array(column, type=field.type)
                for column, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            "writing parquet needs pyarrow, which is not installed.",
            hint="Install it with: pip install 'gsx[parquet]', or export to a .csv file.",
        ) from error
    return pyarrow, pyarrow.parquet
