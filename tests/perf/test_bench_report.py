"""A report over 10,000 cells of 16 pairs (target: under 10 s and 500 MB), in a process of its own."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest

from .memory import needs_proc, peak

pytestmark = pytest.mark.perf

BENCHES = Path(__file__).parents[1] / "core" / "report" / "bench" / "benches.py"
AXES = {
    "extractor": ["vgg19", "resnet18", "lite0", "slim", "random"],
    "fusion": ["adain", "wct", "weighted-sum", "sanet", "swap"],
    "generator": ["resnet", "unet"],
    "fusion.alpha": [round(0.02 * place, 2) for place in range(1, 51)],
    "loss.gram.weight": [1, 10, 100, 1000],
}


@needs_proc
def test_ten_thousand_cells(alone, tmp_path) -> None:
    spec = importlib.util.spec_from_file_location("benches", BENCHES)
    assert spec is not None
    assert spec.loader is not None
    benches = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benches)
    folder = benches.make_bench(
        tmp_path / "bench",
        AXES,
        seeds=(0,),
        contents=tuple("abcd"),
        styles=tuple("pqrs"),
        explain=False,
        pictured=100,
        picture_size=128,
    )
    work = "from pathlib import Path; from gsx.report.bench import write_bench_report; "
    started = time.perf_counter()
    held = peak(alone, work + "write_bench_report(Path(sys.argv[1]))", str(folder))
    seconds = time.perf_counter() - started
    cells, page = len(list((folder / "cells").iterdir())), (folder / "report.html").stat().st_size
    print(f"\nreport over {cells:,} cells: {seconds:.1f} s, {held} MiB, a page of {page / 2**20:.1f} MiB")
