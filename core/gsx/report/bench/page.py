"""write_bench_report: one self-contained report.html over all cells of a benchmark folder."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup

from gsx.report.bench.explainers import explainer_summaries
from gsx.report.bench.origin import origin_of
from gsx.report.bench.payload import all_standings, embedded, group_payload
from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.records import Benchmark
from gsx.report.bench.rows import Group, groups_of
from gsx.report.bench.standings import primary_columns
from gsx.report.bench.summary import bests
from gsx.report.bench.thumbnails import Thumbnails, thumbnails
from gsx.report.page import environment
from gsx.store.atomic import write_text

_SCRIPTS = ("base", "filters", "table", "plot", "effects", "pictures", "start")
"""The page's script, one thought per file, in the order in which they are read."""

_STATUSES = ("done", "skipped", "diverged", "error", "timeout")


def write_bench_report(folder: Path) -> Path:
    """Write ``report.html`` into a benchmark folder, replacing one that is there.

    Raises:
        StoreError: ``folder`` is no benchmark folder, or the page cannot be written.
    """
    path = folder / "report.html"
    write_text(path, render(read_benchmark(folder)))
    return path


def render(benchmark: Benchmark) -> str:
    """The page as HTML. What comes from the folder is escaped, and reaches the script as data alone."""
    groups = groups_of(benchmark)
    pictures = [_pictures(benchmark, group, at == 0) for at, group in enumerate(groups)]
    found = [all_standings(group) for group in groups]
    payload = [group_payload(*one) for one in zip(groups, found, pictures, strict=True)]
    first = groups[0] if groups else None
    primary = set(primary_columns(first)) if first else set()
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        environment()
        .get_template("bench/report.html.j2")
        .render(
            counts=[(status, benchmark.statuses[status]) for status in _STATUSES if benchmark.statuses[status]],
            cells=len(benchmark.cells),
            benchmark=benchmark,
            groups=groups,
            first=first,
            bests=bests(first, [one for one in found[0] if one.column in primary]) if first else [],
            explainers=explainer_summaries(first) if first else [],
            origin=origin_of(benchmark, first),
            data=Markup(embedded(payload)),  # noqa: S704 - JSON without < > &
            script=Markup(script),  # noqa: S704 - our own
            digest=digest,
        )
    )


def _pictures(benchmark: Benchmark, group: Group, first: bool) -> Thumbnails:
    """Those of the group that the page opens with; another one's stay in the folder."""
    if not first:
        kept = Thumbnails()
        kept.problems.append("The page holds the pictures of the first set alone; these are in the cells' folders.")
        return kept
    asked = benchmark.asked
    named = {"content": asked.contents, "style": asked.styles} if group.data == asked.data else {}
    inputs = {role: {one.name: one.picture for one in ones if one.picture} for role, ones in named.items()}
    return thumbnails(benchmark.folder, group, inputs)


@cache
def _script() -> str:
    place = Path(__file__).parents[1] / "templates" / "bench"
    parts = [(place / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return '"use strict";\n' + "\n".join(parts)
