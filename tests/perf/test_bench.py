"""A benchmark against separate runs, its harness against its cells, and two workers against one."""

import json
import subprocess
import sys
import time
from datetime import datetime

import pytest

from gsx.samples import content_names, content_path, style_names, style_path

pytestmark = pytest.mark.perf

GSX = [sys.executable, "-c", "from gsx.cli.main import main; main()"]
FUSIONS = ("adain", "wct", "weighted-sum")
STRENGTHS = ("0.25", "0.5", "0.75", "1")
METRICS = ("--metric", "content-distance,style-distance,ssim")
SHARED = ("--generator", "resnet", "--size", "256", *METRICS)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Four contents and four styles: the samples, repeated mirrored where there are too few."""
    from PIL import Image, ImageOps

    place = tmp_path_factory.mktemp("pictures")
    for role, names, locate in (("content", content_names(), content_path), ("style", style_names(), style_path)):
        (place / role).mkdir()
        for index in range(4):
            name = list(names)[index % len(names)]
            image = Image.open(locate(name)).convert("RGB")
            image = ImageOps.mirror(image) if index >= len(names) else image
            image.save(place / role / f"{index}-{name}.png")
    return place


def gsx(place, *arguments):
    """Seconds of one command."""
    started = time.perf_counter()
    done = subprocess.run([*GSX, *map(str, arguments)], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - started


def bench(place, out, *more, fusions=FUSIONS, strengths=STRENGTHS):
    return gsx(
        place,
        *("bench", "--fusion", ",".join(fusions), "--grid", f"run.strength={','.join(strengths)}", *SHARED),
        *("--content", "content", "--style", "style", "--out", out, *more),
    )


def results(folder):
    return [json.loads(path.read_text()) for path in (folder / "cells").glob("*/result.json")]


def test_twelve_cells_against_twelve_runs(pictures):
    """Goal: at most 0.35. One run per fusion is timed, and counts four times: a strength costs nothing."""
    together = bench(pictures, "twelve")
    apart = {
        fusion: gsx(
            pictures,
            *("run", "--fusion", fusion, "--explainer", "none", *SHARED),
            *("--content", "content", "--style", "style", "--out", f"apart-{fusion}"),
        )
        for fusion in FUSIONS
    }
    whole = len(STRENGTHS) * sum(apart.values())
    print(f"\n12 cells: {together:.1f} s; 12 runs: {whole:.1f} s; ratio {together / whole:.2f} (goal 0.35)")


def test_the_harness_against_its_cells(pictures):
    """Goal: at most 2 % of the cells' own time, from the first outcome on: without starting the worker."""
    from gsx.bench.axes import asked
    from gsx.bench.bench import run_bench
    from gsx.bench.folder import BenchFolder
    from gsx.bench.pictures import pictures_of
    from gsx.bench.plan import Question, make_plan
    from gsx.pipeline.blame import create
    from gsx.plugins import installed_catalog
    from gsx.recipe.resolve import resolve_executor
    from gsx.run.inputs import find_work

    catalog = installed_catalog()
    flags = {"input.content": str(pictures / "content"), "input.style": str(pictures / "style"), "run.size": 256}
    flags |= {"metric": METRICS[1].split(","), "generator": "resnet"}
    question = Question(None, flags, (), catalog)
    inputs, run = question.inputs()
    own = pictures_of(find_work(inputs), run.size)
    plan = make_plan(question, asked(None, {"grid": {"run.strength": [0.2, 0.4, 0.6, 0.8]}}, ()), own)
    folder = BenchFolder(pictures / "harness")
    times = []
    with folder.open():
        run_bench(
            plan,
            own,
            folder,
            create(resolve_executor({"name": "local", "workers": 1}, catalog)),
            timeout=600,
            device="cpu",
            command="",
            listener=lambda cell, outcome: times.append((cell.key, time.perf_counter())),
        )
    totals = {one["key"]: one["seconds"]["total"] for one in results(folder.path)}
    cells = sum(totals[key] for key, _ in times[1:])
    wall = times[-1][1] - times[0][1]
    print(f"\n{len(times) - 1} cells: {cells:.2f} s of their own, {wall:.2f} s in all; harness {wall / cells - 1:.1%}")


def test_two_workers_against_one(pictures):
    """Goal: at least 1.7 times as fast, where cells are single-threaded and there are two cores."""
    seconds = {}
    for workers in (1, 2):
        out = f"workers-{workers}"
        fusion = {"fusions": ("adain", "wct"), "strengths": ("0.3", "0.6", "1")}
        bench(pictures, out, "--workers", workers, "--set", "bench.executor.threads=1", **fusion)
        found = results(pictures / out)
        began = [datetime.fromisoformat(one["started"]).timestamp() for one in found]
        ended = [start + one["seconds"]["total"] for start, one in zip(began, found, strict=True)]
        seconds[workers] = max(ended) - min(began)  # without starting the workers
    print(f"\n1 worker: {seconds[1]:.1f} s; 2 workers: {seconds[2]:.1f} s; {seconds[1] / seconds[2]:.2f} times as fast")
