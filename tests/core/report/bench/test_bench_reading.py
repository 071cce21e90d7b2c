"""Cells from folders that nobody vouches for; rows; index and export."""

import csv
import json
import sqlite3
import sys

import pyarrow.parquet
import pytest

from gsx.errors import MissingExtraError, StoreError
from gsx.report.bench import export, read_benchmark, rebuild_index, table_rows
from gsx.report.bench.rows import groups_of

from .benches import change, heads, key_of, make_bench, put, put_failed

KEY = key_of(None, {"fusion": "wct", "fusion.alpha": 1.0}, 0)


def spoil_with(bench, text):
    (bench / "cells" / KEY / "result.json").write_bytes(text.encode() if isinstance(text, str) else text)


SPOILT = {
    "cut short": (lambda bench: spoil_with(bench, '{"format": 1, "key'), "damaged"),
    "empty": (lambda bench: spoil_with(bench, ""), "damaged"),
    "not utf-8": (lambda bench: spoil_with(bench, b'{"key": "\xff"}'), "result.json"),
    "deep": (lambda bench: spoil_with(bench, "[" * 100_000), "damaged"),
    "a list": (lambda bench: spoil_with(bench, "[]"), "the whole"),
    "no result": (lambda bench: (bench / "cells" / KEY / "result.json").unlink(), "no result.json"),
    "another's": (lambda bench: change(bench, KEY, key="0" * 16), "renamed or copied"),
    "newer": (lambda bench: change(bench, KEY, format=2), "format 2"),
    "a status of its own": (lambda bench: change(bench, KEY, status="fine"), "status"),
    "seed in quotes": (lambda bench: change(bench, KEY, seed="0"), "seed"),
    "a huge seed": (lambda bench: change(bench, KEY, seed=10**30), "seed"),
    "no pair": (lambda bench: change(bench, KEY, pairs=[]), "no pair"),
    "nothing said of its metrics": (lambda bench: change(bench, KEY, metrics=[]), "how it measured"),
    "infinite": (lambda bench: change(bench, KEY, set={"kid": {"mean": float("inf")}}), "set.kid.mean"),
    "too large a number": (lambda bench: change(bench, KEY, set={"kid": {"mean": 1e300}}), "set.kid.mean"),
    "coordinates in a list": (lambda bench: change(bench, KEY, coordinates=[1]), "coordinates"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_damaged_cell_is_listed_with_its_reason_and_costs_no_other(bench, how):
    spoil, words = SPOILT[how]
    spoil(bench)
    found = read_benchmark(bench)
    assert [one.name for one in found.unread] == [KEY]
    assert words in found.unread[0].reason
    assert len(found.cells) == 13
    assert rebuild_index(bench).unread == found.unread
    assert any(KEY in note for note in table_rows(found)[0].notes)


def test_where_no_cell_can_be_read_the_reasons_are_still_told(bench):
    for cell in (bench / "cells").iterdir():
        change(bench, cell.name, metrics=[{}])
    (table,) = table_rows(read_benchmark(bench))
    assert table.rows == []
    assert len([note for note in table.notes if "is left out" in note]) == 14


def test_foreign_folders_links_and_unfinished_cells(bench, tmp_path):
    (bench / "cells" / "notes<b>").mkdir()
    (bench / "cells" / ("e" * 16)).write_text("a file")
    (bench / "cells" / ("f" * 16)).symlink_to(bench / "cells" / KEY)
    (bench / "cells" / ".0123.partial").mkdir()
    (bench / "cells" / "0123456789abcdef.partial").mkdir()
    found = read_benchmark(bench)
    assert {one.name: one.reason.split(",")[0] for one in found.unread} == {
        "notes<b>": "its name is not a cell's key (16 hex digits)",
        "e" * 16: "it is not a folder",
        "f" * 16: "it is a link",
    }
    assert (found.unfinished, len(found.cells)) == (2, 14)


def test_a_result_that_is_a_link_is_not_read(bench, tmp_path):
    file = bench / "cells" / KEY / "result.json"
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    assert "link" in read_benchmark(bench).unread[0].reason


@pytest.mark.parametrize("spoilt", ["gone", "{", '{"cells": 3}'])
def test_without_bench_json_the_cells_are_still_read(bench, spoilt):
    if spoilt == "gone":
        (bench / "bench.json").unlink()
    else:
        (bench / "bench.json").write_text(spoilt)
    found = read_benchmark(bench)
    assert len(found.cells) == 14
    assert "bench.json" in found.problems[0]
    assert len(groups_of(found)[0].rows) == 6


def test_each_set_of_pictures_has_a_table_that_says_which(tmp_path):
    for data in ("d", "e"):
        make_bench(tmp_path / "b", axes={"fusion": ["adain"]}, seeds=(0,), data=data * 64, pictures=False)
    first, second = table_rows(read_benchmark(tmp_path / "b"))
    assert len(first.rows) == len(second.rows) == 3
    assert first.notes[0].startswith("Table 1 of 2: over the pictures eeeeeeeeeeee at 64 px.")
    assert second.notes[0].startswith("Table 2 of 2: over the pictures dddddddddddd at 64 px.")


def test_what_is_no_benchmark_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoreError, match="folder"):
            read_benchmark(place)


def test_cells_that_differ_in_the_seed_alone_are_one_row_and_controls_come_first(bench):
    put_failed(bench, {"fusion": "wct", "fusion.alpha": 9.0}, status="timeout", reason="it took too long")
    rows = groups_of(read_benchmark(bench))[0].rows
    assert [(row.label, len(row.cells), row.status) for row in rows] == [
        ("IDT: content untouched", 1, "done"),
        ("TGT: the style itself", 1, "done"),
        ("adain, fusion.alpha 0.5", 3, "done"),
        ("adain, fusion.alpha 1.0", 3, "done"),
        ("wct, fusion.alpha 0.5", 3, "done"),
        ("wct, fusion.alpha 1.0", 3, "done"),
        ("wct, fusion.alpha 9.0", 1, "timeout"),
    ]
    assert rows[-1].reasons == ["it took too long"]


def test_one_failed_seed_stays_in_its_row(bench):
    put(
        bench / "cells" / KEY / "result.json",
        {**heads(KEY, "error", None, {"fusion": "wct", "fusion.alpha": 1.0}, 0, "d" * 64), "reason": "out of memory"},
    )
    row = groups_of(read_benchmark(bench))[0].rows[-1]
    assert (row.label, row.status, len(row.done)) == ("wct, fusion.alpha 1.0", "error, 1 of 3", 2)


def test_equal_coordinates_of_another_recipe_are_another_row(bench):
    put(
        bench / "cells" / KEY / "recipe.json",
        {"fusion": {"fusion": "wct"}, "generator": {"iterations": 9}, "run": {"seed": 0}},
    )
    rows = groups_of(read_benchmark(bench))[0].rows
    assert [len(row.cells) for row in rows] == [1, 1, 3, 3, 3, 1, 2]
    assert len({row.label for row in rows}) == 7


def test_other_pictures_are_another_group(bench):
    make_bench(bench, axes={"fusion": ["adain"]}, data="e" * 64, seeds=(0,), pictures=False)
    found = groups_of(read_benchmark(bench))
    assert [(group.data[0], len(group.rows)) for group in found] == [("e", 3), ("d", 6)]


def test_another_version_of_a_metric_is_another_column(bench):
    result = json.loads((bench / "cells" / KEY / "result.json").read_text())
    result["metrics"][1]["version"] = 3
    change(bench, KEY, metrics=result["metrics"])
    table = table_rows(read_benchmark(bench))[0]
    assert [one for one in table.headings if one.startswith("ssim")] == [
        "ssim (pixels, 64 px; version 2) ↑",
        "ssim (pixels, 64 px; version 3) ↑",
    ]
    assert any("not compared" in note for note in table.notes)


def test_the_index_holds_what_the_cells_say(bench):
    put_failed(bench, {"fusion": "wct", "fusion.alpha": 9.0})
    indexed = rebuild_index(bench)
    rebuild_index(bench)
    with sqlite3.connect(indexed.file) as base:
        assert base.execute("SELECT status, count(*) FROM cells GROUP BY 1 ORDER BY 1").fetchall() == [
            ("done", 14),
            ("skipped", 1),
        ]
        mean = base.execute(
            "SELECT avg(figures.value), count(*) FROM figures JOIN coordinates USING (cell) "
            "WHERE metric = 'ssim' AND axis = 'fusion' AND coordinates.value = 'wct'"
        ).fetchone()
        assert base.execute("SELECT count(*) FROM explanations WHERE is_null = 0").fetchone() == (48,)
        assert base.execute("SELECT count(*) FROM figures").fetchone() == (indexed.figures,)
    values = [
        pair["figures"]["ssim"]["ssim"]
        for file in (bench / "cells").glob("*/result.json")
        if (result := json.loads(file.read_text()))["coordinates"].get("fusion") == "wct"
        for pair in result.get("pairs", ())
    ]
    assert mean == (pytest.approx(sum(values) / len(values)), 24)
    assert [path.name for path in bench.iterdir() if "partial" in path.name] == []


def test_csv_and_parquet_hold_the_same_tidy_rows(bench, tmp_path):
    change(bench, KEY, label="=cmd()")
    export(bench, tmp_path / "a.csv")
    export(bench, tmp_path / "a.parquet")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert len(rows) == len(table)
    assert list(rows[0]) == list(table[0])
    for row, other in zip(rows, table, strict=True):
        assert row["value"] == ("" if other["value"] is None else repr(other["value"]))
    one = next(row for row in table if row["cell"] == KEY and row["metric"] == "ssim")
    assert (one["axis.fusion"], one["axis.fusion.alpha"], one["version"], one["direction"]) == ("wct", "1", 2, "higher")
    assert {row["label"] for row in rows if row["cell"] == KEY} == {"'=cmd()"}


def test_export_without_pyarrow_names_the_pip_command(bench, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"gsx\[parquet\]"):
        export(bench, tmp_path / "a.parquet")
    with pytest.raises(StoreError, match=r"\.csv"):
        export(bench, tmp_path / "a.xlsx")
