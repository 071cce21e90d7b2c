"""Seconds and peak memory of ``gsx run``, each in a process of its own."""

from __future__ import annotations

import json
import os

import pytest

pytestmark = pytest.mark.perf

# ru_maxrss of a child starts at its parent's size (exec keeps it), VmHWM does not.
PEAK = """
import sys
{work}
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) // 1024)
"""
RUN = """
from gsx.cli.main import main
sys.stdout, screen = sys.stderr, sys.stdout
try:
    main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
sys.stdout = screen
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peak memory is read from Linux's /proc")
def test_peak_memory(alone) -> None:
    print("\npeak memory, MiB")
    floor = int(alone("-c", PEAK.format(work="import torch, torchvision")).stdout)
    print(f"  {'import torch, torchvision':<44} {floor:6}")
    for size in (256, 512, 1024):
        done = alone(
            "-c",
            PEAK.format(work=RUN),
            "run",
            "--size",
            str(size),
            "--set",
            "generator.iterations=4",
            "--out",
            str(size),
        )
        print(f"  {f'gsx run --size {size}':<44} {int(done.stdout):6}   ratio {int(done.stdout) / floor:5.2f}")


def test_default_run(alone, tmp_path) -> None:
    load = os.getloadavg()[0]
    alone("-c", "from gsx.cli.main import main; main()", "run", "--out", "out")
    result = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    total = result["seconds"]["total"]
    print(f"\ngsx run, seconds (load {load:.1f} before)")
    for stage, seconds in result["seconds"].items():
        print(f"  {stage:<44} {seconds:8.2f} s  share {seconds / total:5.2f}")
