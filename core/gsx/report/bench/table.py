"""Rows for a terminal: plain text, every row of the benchmark, ranks only as far as the figures carry them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from gsx.report.bench.pigeonhole import over
from gsx.report.bench.records import Benchmark, Column
from gsx.report.bench.rows import Group, Row, groups_of
from gsx.report.bench.standings import Standing, primary_columns, seeds_that_change_nothing, standings
from gsx.report.formats import figure, plural

FEW = 3
"""Levels of a factor, up to which an interval over it is a guess."""

MOST_GAPS = 8
"""Reasons for missing figures that are listed."""


@dataclass(frozen=True)
class Table:
    """Headings and as many texts in each row. ``notes``: what has to be said under it."""

    headings: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)


def table_rows(benchmark: Benchmark, columns: list[Column] | None = None) -> list[Table]:
    """One table per set of pictures; the last call's first. One without rows where no cell can be read.

    Args:
        columns: which figures; one per metric and the cost by default.
    """
    groups = groups_of(benchmark)
    found = [_table(benchmark, group, columns) for group in groups]
    if len(groups) > 1:
        for place, (table, group) in enumerate(zip(found, groups, strict=True), 1):
            table.notes.insert(
                0,
                f"Table {place} of {len(groups)}: over the pictures {group.data[:12]} at {group.size or 'unknown'} px. "
                "Figures of other pictures are never mixed with these.",
            )
    return found or [Table(["combination", "status", "reason"], [], _unread(benchmark))]


def _table(benchmark: Benchmark, group: Group, columns: list[Column] | None) -> Table:
    chosen = [column for column in (columns or primary_columns(group)) if column in group.columns]
    found = standings(group, chosen)
    rows = [
        [row.label, row.status, *(_entry(standing, number, row) for standing in found), "; ".join(row.reasons)]
        for number, row in enumerate(group.rows)
    ]
    names = headings(chosen)
    titles = [f"{name} {_arrow(column)}".strip() for name, column in zip(names, chosen, strict=True)]
    return Table(["combination", "status", *titles, "reason"], rows, [*group_notes(group, found), *_unread(benchmark)])


def headings(columns: list[Column]) -> list[str]:
    """Each column's name, with how it was measured where a name comes more than once."""
    names = [column.name for column in columns]
    return [
        name if names.count(name) == 1 else f"{name} ({column.measured_by})"
        for name, column in zip(names, columns, strict=True)
    ]


def group_notes(group: Group, found: list[Standing]) -> list[str]:
    """What the intervals are over, what the seeds did, and what ranks mean: plain sentences."""
    notes = []
    spans = [levels for one in found if one.column.scope == "pair" and not one.own for levels in _levels(one)]
    if spans:
        wide = [levels for levels in spans if max(levels) > 1] or spans  # controls have one seed, whatever the rest
        commonest = max(set(wide), key=wide.count)
        said = over(np.array(commonest))
        notes.append(
            f"Intervals are 95 %, over {said}."
            if not said.startswith("no interval")
            else f"There are no intervals: each row has one value per figure ({said.partition(': ')[2]})."
        )
        if any(1 < count <= FEW for count in commonest):
            notes.append(
                "Over so few pictures and seeds an interval is a rough guess: it may reach beyond what a figure can be."
            )
    notes += _over_seeds_alone(group, found)
    notes += _gaps(group)
    same, several = seeds_that_change_nothing(group)
    if same:
        notes.append(
            f"In {same} of {plural(several, 'row')} with several seeds, every seed gave the same figures: there the "
            "seed changes nothing, and more seeds would add nothing."
        )
    if any(one.best.any() for one in found):
        notes.append(
            "Ranks (#) are ranges where paired intervals overlap; = marks what can't be told apart from the best, pair "
            "by pair. Each comparison is made for itself: of twenty, one is wrong by chance."
        )
    if [column.name for column in group.columns] != list(dict.fromkeys(column.name for column in group.columns)):
        notes.append(
            "A metric that was measured in several ways (network, size, options, version, machine) has a column for "
            "each, and they are not compared."
        )
    return notes


def _gaps(group: Group) -> list[str]:
    """Which metrics have no figure, or not one of every pair, in how many rows: a mean is then over what there is."""
    rows = Counter(
        line for row in group.rows for line in dict.fromkeys(line for cell in row.done for line in cell.missing)
    )
    done = sum(bool(row.done) for row in group.rows)
    told = [
        line if count == done else f"{line} In {plural(count, 'row')}." for line, count in rows.most_common(MOST_GAPS)
    ]
    if len(rows) > MOST_GAPS:
        told.append(f"{len(rows) - MOST_GAPS} more reasons for missing figures are in the cells' result.json.")
    partly = any(line.endswith(" pairs)") for line in rows)
    starred = ["* marks a mean over fewer pairs than the row has: it is of other pictures than its neighbours' are."]
    return [*(starred if partly else []), *(f"Missing: {line}" for line in told)]


def _over_seeds_alone(group: Group, found: list[Standing]) -> list[str]:
    """What an interval of a figure over all pictures at once cannot say."""
    whole = [one.column.name for one in found if one.column.scope == "set" and not one.own]
    if not whole or len(group.seeds) < 2:
        return []
    verb, what = ("is", "one figure") if len(whole) == 1 else ("are", "figures")
    return [
        f"{', '.join(whole)} {verb} {what} over all pictures at once: an interval there is over seeds alone, and says "
        "nothing of other pictures. There is none where every seed gave the same."
    ]


def _levels(standing: Standing) -> list[tuple[float, ...]]:
    """Over what each row's intervals are; where several seeds gave one value and no interval, one seed counts."""
    found = []
    for levels, low in zip(standing.intervals.levels, standing.intervals.low, strict=True):
        if levels.max() > 0:
            found.append(tuple(levels) if not np.isnan(low) else tuple(np.minimum(levels, 1)))
    return found


def _unread(benchmark: Benchmark) -> list[str]:
    unfinished = [f"{plural(benchmark.unfinished, 'cell')} unfinished."] if benchmark.unfinished else []
    left_out = [f"cells/{one.name} is left out: {one.reason}." for one in benchmark.unread]
    return [*benchmark.problems, *unfinished, *left_out]


def _entry(standing: Standing, number: int, row: Row) -> str:
    """``0.42 [0.39, 0.45] #1–3 =``; ``0.42*`` where some pair has no figure."""
    found = standing.intervals
    mean, low, high = (float(part[number]) for part in (found.mean, found.low, found.high))
    if np.isnan(mean):
        return "–"
    gaps = any(line.startswith(f"{standing.column.metric}: ") for cell in row.done for line in cell.missing)
    parts = [figure(mean) + "*" * gaps]
    if not np.isnan(low):
        parts.append(f"[{figure(low)}, {figure(high)}]")
    if best := int(standing.best[number]):
        worst = int(standing.worst[number])
        parts.append(f"#{best}" if best == worst else f"#{best}–{worst}")
        parts.extend("=" if standing.ties[number] and worst > 1 else "")
    return " ".join(parts)


def _arrow(column: Column) -> str:
    return {"lower": "↓", "higher": "↑", "none": ""}[column.direction]
