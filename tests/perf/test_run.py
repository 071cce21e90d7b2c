"""Seconds and peak memory of ``gsx run``, each in a process of its own."""

from __future__ import annotations

import json
import os

import pytest

from .memory import needs_proc, peak

pytestmark = pytest.mark.perf

RUN = """
from gsx.cli.main import main
sys.stdout, screen = sys.stderr, sys.stdout
try:
    main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
sys.stdout = screen
"""
PIXELS = ("--generator", "pixels", "--set", "generator.iterations=4")
"""Four iterations: what it holds does not grow with their number."""


@needs_proc
@pytest.mark.timeout(900)
def test_peak_memory(alone, tmp_path) -> None:
    print("\npeak memory, MiB")
    floor = peak(alone, "import torch, torchvision")
    print(f"  {'import torch, torchvision':<44} {floor:6}")
    for generator, flags in (("resnet", ()), ("pixels", PIXELS)):
        for size in (256, 512, 1024):
            out = f"{generator}-{size}"
            most = peak(alone, RUN, "run", "--size", str(size), *flags, "--out", out)
            recipe = json.loads((tmp_path / out / "recipe.json").read_text(encoding="utf-8"))
            assert recipe["generator"]["name"] == generator, "auto stands for what the row says"
            name = f"gsx run --size {size}" + (", generator pixels" if flags else "")
            print(f"  {name:<44} {most:6}   ratio {most / floor:5.2f}")


def test_default_run(alone, tmp_path) -> None:
    load = os.getloadavg()[0]
    alone("-c", "from gsx.cli.main import main; main()", "run", "--out", "out")
    result = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    total = result["seconds"]["total"]
    print(f"\ngsx run, seconds (load {load:.1f} before)")
    for stage, seconds in result["seconds"].items():
        print(f"  {stage:<44} {seconds:8.2f} s  share {seconds / total:5.2f}")
