"""``gsx bench`` as a user types it: real workers, signals, refusals, and what it prints."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest
import torch

from .conftest import assert_refused

GSX = [sys.executable, "-c", "from gsx.cli.main import main; main()"]
PICTURES = ["--content", "content.png", "--style", "style.png", "--size", "32", "--metric", "ssim,style-distance"]
QUICK = [*PICTURES, "--workers", "1", "--out", "bench"]


def results(place):
    return {
        path.parent.name: json.loads(path.read_text()) for path in (place / "bench" / "cells").glob("*/result.json")
    }


def test_a_benchmark_from_end_to_end(gsx, place):
    ran = gsx("bench", "--fusion", "adain,wct,content", "--grid", "fusion.alpha=0.5,1", *QUICK)
    assert ran.code == 0, ran.err
    assert "6 cells and 2 controls over 1 pair of 32 px: 6 to run, 0 finished already, 2 skipped" in ran.err
    assert (
        "skipped: content, fusion.alpha 0.5; content, fusion.alpha 1, because fusion.alpha: there is no such option."
        in ran.err
    )
    rows = [line.split("\t") for line in ran.out.splitlines()]
    labels = [row[0] for row in rows if len(row) > 3]
    for label in (
        "IDT: content untouched",
        "TGT: the style itself",
        "adain, fusion.alpha 0.5",
        "content, fusion.alpha 1",
    ):
        assert label in labels
    assert "Report: bench/report.html" in ran.out
    cells = results(place)
    assert sorted(cell["status"] for cell in cells.values()) == ["done"] * 6 + ["skipped"] * 2
    assert len({cell["worker"]["pid"] for cell in cells.values() if cell["status"] == "done"}) == 1
    with sqlite3.connect(place / "bench" / "index.sqlite") as index:
        assert index.execute("select count(*) from cells").fetchone() == (8,)

    again = gsx("bench", "--fusion", "adain,wct,content", "--grid", "fusion.alpha=0.5,1", *QUICK)
    assert again.code == 0, again.err
    assert "0 to run, 6 finished already" in again.err
    assert results(place) == cells

    shown = gsx("bench", "report", "bench", "--json")
    assert shown.code == 0, shown.err
    (table,) = json.loads(shown.out)
    assert len(table["rows"]) == 8
    compared = gsx("bench", "compare", "bench", "bench")
    assert compared.code == 0, compared.err
    assert compared.out.splitlines()[-1].endswith("the same")
    exported = gsx("bench", "export", "bench", "--to", "figures.csv")
    assert exported.code == 0, exported.err
    assert (place / "figures.csv").read_text().startswith("cell,status")


def test_json_is_alone_on_standard_output(gsx, place):
    ran = gsx("bench", "--fusion", "adain", "--json", *QUICK)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)[0]["headings"][0] == "combination"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--grid", "fusion.alpha="], 3, "not of the form"),
        (["--grid", "fusion.alhpa=1"], 3, "alpha"),
        (["--grid", "fusoin.alpha=1"], 3, "fusion"),
        (["--fusion", "adian"], 3, "adain"),
        (["--fusion", "none"], 3, "nothing to compare"),
        (["--adversarial", "hinge"], 3, "train_content"),
        (["--executor", "loacl"], 3, "local"),
        (["--executor", "local", "--scheduler", "tcp://here"], 3, "scheduler"),
        (["--set", "bench.seeds=many"], 3, "bench.seeds"),
        (["--extractor", "resnet18", "--generator", "resnet"], 6, "checkpoint"),
        (["--content", "nowhere.png"], 5, "nowhere.png"),
        pytest.param(
            ["--device", "cuda"], 14, "GPU", marks=pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(gsx, place, arguments, code, says):
    ran = gsx("bench", *QUICK, *arguments)
    assert_refused(ran, code)
    assert says in ran.err
    assert not (place / "bench").exists()


def test_combinations_refused_for_one_reason_are_told_together(gsx, place):
    ran = gsx("bench", "--extractor", "vgg19,resnet18", "--grid", "fusion.alpha=0.1,0.2,0.3,0.4,0.5", *QUICK)
    assert ran.code == 0, ran.err
    (told,) = [line for line in ran.err.splitlines() if line.startswith("skipped")]
    assert "resnet18, fusion.alpha 0.3; and 2 more, because extractor 'resnet18'" in told


def test_a_large_benchmark_is_asked_about(gsx, place):
    values = ",".join(str(index / 1000) for index in range(500))
    ran = gsx("bench", "--grid", f"fusion.alpha={values}", *QUICK)
    assert_refused(ran, 3)
    assert "500 cells" in ran.err
    assert "--yes" in ran.err


@pytest.mark.parametrize("command", [["report", "nowhere"], ["compare", "nowhere", "nowhere"]])
def test_no_benchmark_is_no_benchmark(gsx, place, command):
    assert_refused(gsx("bench", *command), 9)


def start(place, *arguments):
    return subprocess.Popen(
        [*GSX, "bench", *QUICK, *arguments],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "GSX_CACHE": str(place / "cache")},
        # Whoever starts the tests in the background may have it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for_cells(place, count, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done = [cell for cell in results(place).values() if cell["status"] == "done"]
        if len(done) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"there are no {count} cells after {seconds} s")


def workers_of(place):
    """The worker processes of a benchmark that was started there."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # ended meanwhile, or another user's
            if process.cwd() == str(place) and "gsx.bench.worker" in process.cmdline():
                found.append(process)
    return found


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_blow_costs_the_cells_in_flight_at_most(place, blow):
    grid = ("--grid", "run.strength=" + ",".join(str(index / 12) for index in range(1, 13)))
    running = start(place, *grid)
    wait_for_cells(place, 4)
    assert workers_of(place)
    running.send_signal(blow)
    said = running.communicate(timeout=60)[0].decode()
    assert running.returncode == (130 if blow != signal.SIGKILL else -signal.SIGKILL), said
    before = results(place)
    assert len(before) < 14, "it was to be stopped in the middle"
    if blow != signal.SIGKILL:
        assert "the same command goes on with the others" in said
    until = time.monotonic() + 20
    while workers := workers_of(place):  # one whose parent is gone ends by itself
        assert time.monotonic() < until, workers
        time.sleep(0.05)

    rest = start(place, *grid)
    said = rest.communicate(timeout=200)[0].decode()
    assert rest.returncode == 0, said
    after = results(place)
    assert len(after) == 14
    assert all(after[key] == cell for key, cell in before.items()), "a finished cell was run again"
    assert not list((place / "bench" / "cells").glob(".*.partial"))


def test_a_recipe_says_what_to_compare(gsx, place):
    (place / "recipe.toml").write_text(
        '[bench]\nfusion = ["adain", { name = "wct", alpha = 0.5 }]\nexecutor = { name = "local", workers = 1 }\n'
    )
    ran = gsx("bench", "--recipe", "recipe.toml", *PICTURES, "--out", "bench")
    assert ran.code == 0, ran.err
    labels = {cell["label"] for cell in results(place).values()}
    assert {"adain", "wct (alpha 0.5)"} <= labels


def test_a_full_disk_is_told_and_finished_cells_stay(gsx, place):
    """The folder is filled by a quota of one file's size: a worker cannot write its picture."""
    import resource

    ran = gsx("bench", "--fusion", "adain", *QUICK)
    assert ran.code == 0, ran.err
    before = results(place)
    limited = subprocess.run(
        [*GSX, "bench", *QUICK, "--fusion", "adain,wct"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GSX_CACHE": str(place / "cache")},
        preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
        ),
    )
    assert limited.returncode == 9, limited.stderr
    assert "cannot be written" in limited.stderr
    after = results(place)
    assert all(after[key]["pairs"] == cell["pairs"] for key, cell in before.items())
