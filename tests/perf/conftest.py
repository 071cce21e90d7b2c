"""What every benchmark needs: programs run alone, timed side by side, and printed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from gsx.store.process import prepare_process

prepare_process()  # what is measured here runs as under the command line


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No time limit for benchmarks: a slower machine takes its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(0))


def run_alone(command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``python command`` to its end in a folder of its own, with a user's threads; it has to succeed."""
    # tests/conftest.py holds tests, and what they start, to one thread.
    outside = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**outside, "GSX_CACHE": str(cwd / "cache")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def side_by_side(
    cases: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Seconds of each case by round: A B C, C B A, ..., so that a load that drifts touches all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for name in cases:  # once unmeasured: caches, compiled bytecode, thread pools
        cases[name]()
    for number in range(rounds):
        for name in cases if number % 2 == 0 else reversed(cases):
            started = clock()
            cases[name]()
            seconds[name].append(clock() - started)
    return seconds


@pytest.fixture
def measure() -> Callable[..., None]:
    """Time cases side by side and print each one's median, best, and ratio to the first.

    ``clock=time.process_time`` suits what runs in this process: another program's load disturbs it less.
    """

    def measured(
        title: str,
        cases: Mapping[str, Callable[[], object]],
        rounds: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        load = os.getloadavg()[0]
        seconds = side_by_side(cases, rounds, clock)
        first = seconds[next(iter(cases))]
        print(f"\n{title} (load {load:.1f} before; {rounds} rounds)")
        for name, times in seconds.items():
            # The ratio round by round: neighbours in time had the same load.
            ratio = statistics.median(one / other for one, other in zip(times, first, strict=True))
            print(
                f"  {name:<44} median {statistics.median(times):8.4f} s  best {min(times):8.4f} s  ratio {ratio:6.3f}"
            )

    return measured


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python with these arguments, in an empty folder."""
    return lambda *command: run_alone(command, tmp_path)
