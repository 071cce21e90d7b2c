"""compare_benchmarks: two benchmark folders, combination by combination, on the pairs and seeds that both have."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.recipes import differences
from gsx.report.bench.records import Array, Benchmark, Column
from gsx.report.bench.rows import Group, Row, groups_of
from gsx.report.bench.standings import own_ends, shown_columns
from gsx.report.bench.table import Table
from gsx.report.bench.verdicts import Change, change_between
from gsx.report.formats import figure, plural, signed

MOST = 20
"""Differences between recipes that are named."""

_Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Compared:
    """One figure of one combination in both."""

    label: str
    column: Column
    change: Change


@dataclass(frozen=True)
class Comparison:
    """What became of A in B.

    ``set_apart``: in plain sentences, what both have and what may not be compared, and why. ``only_a``, ``only_b``:
    labels of combinations that only one of them has figures of. ``differences``: in what the compared combinations
    differ besides (options, weights, versions), for that is what changed them. ``problems``: what could not be read.
    """

    a: Path
    b: Path
    compared: list[Compared]
    only_a: list[str]
    only_b: list[str]
    set_apart: list[str]
    differences: list[str]
    problems: list[str]

    @property
    def verdicts(self) -> Counter[str]:
        """How many figures got better, worse, and so on."""
        return Counter(one.change.verdict for one in self.compared)

    def table(self) -> Table:
        """For a terminal: what changed first, the most certain first."""
        order = ("worse", "better", "higher", "lower", "not known", "can't be told apart", "the same")
        ranked = sorted(self.compared, key=lambda one: order.index(one.change.verdict))
        return Table(
            ["combination", "figure", "A", "B", "change", "verdict"],
            [
                [
                    *(one.label, one.column.name, figure(one.change.before), figure(one.change.after)),
                    *(_span(one.change), one.change.verdict),
                ]
                for one in ranked
            ],
            notes=[*self.differences, *self.set_apart, *self.problems],
        )

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, every number with all its digits."""
        return {
            "a": str(self.a),
            "b": str(self.b),
            "verdicts": dict(self.verdicts),
            "compared": [
                {"combination": one.label, **_column_json(one.column), **asdict(one.change)} for one in self.compared
            ],
            "only_a": self.only_a,
            "only_b": self.only_b,
            "set_apart": self.set_apart,
            "differences": self.differences,
            "problems": self.problems,
        }


def compare_benchmarks(a: Path, b: Path) -> Comparison:
    """Compare two benchmark folders.

    Combinations are matched by all their components and coordinates; figures of other data, or of another version or
    preprocessing of a metric, are set apart and never compared.

    Raises:
        StoreError: one of them is no benchmark folder.
    """
    first, second = read_benchmark(a), read_benchmark(b)
    groups_a, groups_b = ({(g.data, g.size): g for g in groups_of(one)} for one in (first, second))
    compared: list[Compared] = []
    only_a: list[str] = []
    only_b: list[str] = []
    apart: list[str] = []
    differing: list[str] = []
    shared = [data for data in groups_a if data in groups_b]
    for data in shared:
        found, missing_b, missing_a, said = _compare(groups_a[data], groups_b[data])
        compared.extend(found)
        only_a.extend(missing_b)
        only_b.extend(missing_a)
        apart.extend(said)
        differing.extend(_differences(first, second, groups_a[data], groups_b[data]))
    for name, own, other in (("A", groups_a, groups_b), ("B", groups_b, groups_a)):
        for data, group in own.items():
            if data not in other:
                apart.append(
                    f"{len(group.rows)} combinations of {name} are over pictures that the other does not have "
                    f"(data {group.data[:12]}, {group.size or 'unknown'} px): not compared."
                )
    problems = [
        *(f"{name}: {problem}" for name, one in (("A", first), ("B", second)) for problem in _problems(one)),
    ]
    return Comparison(a, b, compared, only_a, only_b, list(dict.fromkeys(apart)), differing, problems)


def _problems(benchmark: Benchmark) -> list[str]:
    return [*benchmark.problems, *(f"cells/{one.name} is left out: {one.reason}." for one in benchmark.unread)]


def _compare(a: Group, b: Group) -> tuple[list[Compared], list[str], list[str], list[str]]:
    apart: list[str] = []
    rows_a, rows_b = (_by_key(group, name, apart) for group, name in ((a, "A"), (b, "B")))
    both = [key for key in rows_a if key in rows_b]
    done = [key for key in both if a.rows[rows_a[key]].done and b.rows[rows_b[key]].done]
    for key in both:
        if key not in done:
            label, ends = a.rows[rows_a[key]].label, (a.rows[rows_a[key]].status, b.rows[rows_b[key]].status)
            apart.append(f"{label}: {ends[0]} in A, {ends[1]} in B: nothing to compare.")
    columns_a, columns_b = shown_columns(a), shown_columns(b)
    apart.extend(_other_measures(columns_a, columns_b))
    compared = []
    for column in (column for column in columns_a if column in columns_b):
        kinds = [column]
        if (own := own_ends(a, column)) is not None and own_ends(b, column) == own:
            kinds += own
        values_a, values_b = zip(*(_aligned(a, b, kind) for kind in kinds), strict=True)
        for key in done:
            (before, *ends_a), (after, *ends_b) = (
                [values[rows[key]] for values in measured]
                for rows, measured in ((rows_a, values_a), (rows_b, values_b))
            )
            change = change_between(
                before,
                after,
                column.direction,
                whole=column.scope != "pair",
                ends=((ends_a[0], ends_a[1]), (ends_b[0], ends_b[1])) if ends_a else None,
            )
            if change is not None:
                compared.append(Compared(a.rows[rows_a[key]].label, column, change))
    only_a = [a.rows[at].label for key, at in rows_a.items() if key not in rows_b]
    only_b = [b.rows[at].label for key, at in rows_b.items() if key not in rows_a]
    return compared, only_a, only_b, apart


def _differences(first: Benchmark, second: Benchmark, a: Group, b: Group) -> list[str]:
    """In what combinations of both differ besides their name and place, and how many of them do."""
    rows_a, rows_b = (
        {_key(row): row.done[0] for row in group.rows if row.done and row.control is None} for group in (a, b)
    )
    both = [key for key in rows_a if key in rows_b]
    found = Counter(
        said for key in both for said in differences((first.folder, rows_a[key]), (second.folder, rows_b[key]))
    )
    lines = [f"In {count} of {plural(len(both), 'combination')}, {said}." for said, count in found.most_common(MOST)]
    if len(found) > MOST:
        lines.append(f"{len(found) - MOST} more differences are in the cells' recipe.json and env.json.")
    return lines


def _by_key(group: Group, name: str, apart: list[str]) -> dict[_Key, int]:
    """Row numbers by what the rows are, wherever each part of that is said."""
    found: dict[_Key, int] = {}
    twice: set[_Key] = set()
    for number, row in enumerate(group.rows):
        key = _key(row)
        twice |= {key} & set(found)
        found[key] = number
    for key in twice:
        apart.append(f"{group.rows[found.pop(key)].label}: several recipes of {name} have these coordinates.")
    return found


def _key(row: Row) -> _Key:
    """Components and coordinates together: what is an axis in one benchmark may be fixed in the other."""
    return tuple(sorted({"control": row.control or "", **dict(row.first.components), **dict(row.coordinates)}.items()))


def _other_measures(a: list[Column], b: list[Column]) -> list[str]:
    """What both call by one name and measure in two ways."""
    said = []
    for name in dict.fromkeys(column.name for column in a):
        ways_a, ways_b = ({one.measured_by for one in columns if one.name == name} for columns in (a, b))
        if ways_b and not ways_a & ways_b:
            said.append(
                f"{name} is measured otherwise in each ({', '.join(sorted(ways_a))} in A, "
                f"{', '.join(sorted(ways_b))} in B): not compared."
            )
    return said


def _aligned(a: Group, b: Group, column: Column) -> tuple[Array, Array]:
    """The column in both, on the levels of both: (rows, seeds, contents, styles) each."""
    levels = [
        list(dict.fromkeys([*one, *other]))
        for one, other in ((a.seeds, b.seeds), (a.contents, b.contents), (a.styles, b.styles))
    ]
    return _spread(a, column, levels), _spread(b, column, levels)


def _spread(group: Group, column: Column, levels: list[list[Any]]) -> Array:
    values = group.values(column)
    own: list[list[Any]] = [group.seeds, group.contents, group.styles]
    places = [[wide.index(level) for level in ours] for wide, ours in zip(levels, own, strict=True)]
    if column.scope != "pair":  # one place stands for all pairs, which have to be the same ones then
        places[1:] = [[0], [0]]
        found = np.full((len(values), len(levels[0]), 1, 1), np.nan)
    else:
        found = np.full((len(values), *map(len, levels)), np.nan)
    found[np.ix_(range(len(values)), *places)] = values
    return found


def _column_json(column: Column) -> dict[str, Any]:
    return {
        "metric": column.metric,
        "figure": column.figure,
        "version": column.version,
        "preprocessing": column.preprocessing,
        "direction": column.direction,
        "scope": column.scope,
    }


def _span(change: Change) -> str:
    if change.verdict == "the same":
        return "0"
    if change.low is None or change.high is None:
        return f"{signed(change.change)} (no interval)"
    return f"{signed(change.change)} [{signed(change.low)}, {signed(change.high)}]"
