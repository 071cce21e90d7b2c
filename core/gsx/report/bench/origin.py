"""Provenance of a benchmark: what was asked, over which pictures, with which weights, on which machines."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from gsx.report.bench.recipes import versions_of
from gsx.report.bench.records import Benchmark
from gsx.report.bench.rows import Group
from gsx.report.formats import duration, plural
from gsx.report.text import text, visible

Pairs = list[tuple[str, str]]
MOST_UNREAD = 100
"""Folders that are named one by one."""


@dataclass(frozen=True)
class Origin:
    """In words, ready for the page."""

    asked: Pairs
    calls: list[tuple[str, str, str]]
    pictures: list[tuple[str, str, str]]
    """(role, name, sha256)."""
    weights: list[tuple[str, str, int]]
    """(section, name and sha256, cells)."""
    machines: list[tuple[str, int]]
    versions: Pairs
    notes: list[tuple[str, int]]
    unread: Pairs
    unread_more: int
    seconds: str


def origin_of(benchmark: Benchmark, group: Group | None) -> Origin:
    """Of the whole folder; pictures are those of the last call."""
    asked = benchmark.asked
    weights = Counter(one for cell in benchmark.cells for one in cell.weights)
    machines = Counter(
        ", ".join(filter(None, (cell.worker.host, cell.worker.device, cell.worker.device_name)))
        for cell in benchmark.cells
        if cell.worker is not None
    )
    notes = Counter(note for cell in benchmark.cells for note in cell.notes)
    total = sum(cell.seconds or 0.0 for cell in benchmark.cells)
    return Origin(
        asked=[
            ("Command", visible(asked.command)),
            ("GSX", visible(asked.gsx)),
            ("Started", visible(asked.started)),
            ("Pictures", f"data {visible(asked.data)}, {asked.size} px" if asked.data else ""),
            ("Seeds", ", ".join(map(str, asked.seeds))),
            ("Compared here", f"data {group.data}" if group is not None and group.data != asked.data else ""),
        ],
        calls=[(visible(one.started), visible(one.data), plural(one.cells, "cell")) for one in asked.calls],
        pictures=[
            (role, visible(one.name), visible(one.sha256))
            for role, ones in (("content", asked.contents), ("style", asked.styles))
            for one in ones
        ],
        weights=[(section, name, count) for (section, name), count in weights.most_common()],
        machines=[(visible(name) or "not recorded", count) for name, count in machines.most_common()],
        versions=_versions(benchmark),
        notes=[(note, count) for note, count in notes.most_common(20)],
        unread=[(one.name, one.reason) for one in benchmark.unread[:MOST_UNREAD]],
        unread_more=max(0, len(benchmark.unread) - MOST_UNREAD),
        seconds=duration(total) if total else "",
    )


def _versions(benchmark: Benchmark) -> Pairs:
    """Of the first finished cell: versions are part of each cell's own env.json."""
    done = next((cell for cell in benchmark.cells if cell.status == "done"), None)
    if done is None:
        return []
    file = benchmark.folder / "cells" / done.key / "env.json"
    try:
        env: Any = json.loads(file.read_bytes()) if file.is_file() and not file.is_symlink() else None
    except (OSError, ValueError, RecursionError):
        env = None
    if not isinstance(env, dict):
        return []
    found = [("Python", text(env.get("python"))), ("System", text(env.get("platform"))), *versions_of(env).items()]
    return [(visible(str(name)), visible(text(value))) for name, value in found if text(value)]
