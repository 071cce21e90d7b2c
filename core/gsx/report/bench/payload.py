"""What the page's script draws from: columns of numbers, so that ten thousand rows stay small."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from gsx.report.bench.effects import Effect, effects, steps_left_out
from gsx.report.bench.records import Column
from gsx.report.bench.rows import Group
from gsx.report.bench.standings import Standing, is_measured, primary_columns, shown_columns, standings
from gsx.report.bench.table import group_notes, headings
from gsx.report.bench.thumbnails import Thumbnails
from gsx.report.formats import plural

MOST_EFFECTS = 600
"""More than this, and effects are of the primary columns alone."""


def group_payload(group: Group, found: list[Standing], pictures: Thumbnails) -> dict[str, Any]:
    """One set of pictures: its rows, figures, effects, thumbnails."""
    columns = [one.column for one in found]
    shown, left_out = _effects(group, columns)
    return {
        "data": group.data,
        "size": group.size,
        "contents": group.contents,
        "styles": group.styles,
        "axes": [{"name": axis, "values": values} for axis, values in group.axes.items()],
        "columns": _columns(group, columns),
        "rows": _rows(group),
        "figures": [_figures(one) for one in found],
        "notes": group_notes(group, found),
        "effects": [_effect(one, columns) for one in shown],
        "effects_left_out": left_out,
        "pictures": {
            "uris": pictures.uris,
            "files": pictures.files,
            "at": pictures.at,
            "heat": pictures.heat,
            "inputs": pictures.inputs,
            "notes": pictures.said,
        },
    }


def embedded(value: object) -> str:
    """JSON for a ``<script type="application/json">``: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def all_standings(group: Group) -> list[Standing]:
    """Standings of every column, metrics first, then costs, then explainers'."""
    columns = shown_columns(group)
    return standings(
        group, sorted(columns, key=lambda one: (not is_measured(one), one.metric.startswith("explainer ")))
    )


def _columns(group: Group, columns: list[Column]) -> list[dict[str, Any]]:
    primary = set(primary_columns(group))
    names = headings(columns)
    return [
        {
            "id": name.replace(" ", "/", 1) if names.count(name) == 1 else f"{name}/{at}",
            "name": name,
            "how": column.measured_by,
            "summary": column.summary,
            "direction": column.direction,
            "scope": column.scope,
            "primary": column in primary,
            "measured": is_measured(column),
        }
        for at, (name, column) in enumerate(zip(names, columns, strict=True))
    ]


def _rows(group: Group) -> dict[str, list[Any]]:
    places = {axis: {value: at for at, value in enumerate(values)} for axis, values in group.axes.items()}
    axes = []
    for row in group.rows:
        own = dict(row.coordinates) if row.control is None else {}
        axes.append([places[axis].get(own.get(axis, ""), -1) for axis in group.axes])
    return {
        "label": [row.label for row in group.rows],
        "status": [row.status for row in group.rows],
        "reason": ["; ".join(row.reasons) for row in group.rows],
        "control": [row.control or "" for row in group.rows],
        "key": [row.first.key for row in group.rows],
        "seeds": [len(row.done) for row in group.rows],
        "axes": axes,
        "missing": [list(dict.fromkeys(line for cell in row.done for line in cell.missing)) for row in group.rows],
    }


def _figures(one: Standing) -> dict[str, Any]:
    return {
        "mean": _rounded(one.intervals.mean.tolist()),
        "low": _rounded(one.intervals.low.tolist()),
        "high": _rounded(one.intervals.high.tolist()),
        "best": one.best.tolist(),
        "worst": one.worst.tolist(),
        "ties": one.ties.astype(int).tolist(),
        "own": one.own,
    }


def _effects(group: Group, columns: list[Column]) -> tuple[list[Effect], str]:
    own = [column for column in columns if not column.metric.startswith("explainer ")]
    primary = [column for column in primary_columns(group) if column in own]
    pairs = sum(len(values) * (len(values) - 1) // 2 for values in group.axes.values())
    notes = []
    if pairs * len(own) > MOST_EFFECTS:
        own = primary
        notes.append("Only one figure of each metric is shown here, for there are many.")
    if skipped := sum(steps_left_out(values) for values in group.axes.values()):
        notes.append(f"{plural(skipped, 'pair')} of values of long axes are not compared with each other.")
    return effects(group, own), " ".join(notes)


def _effect(one: Effect, columns: list[Column]) -> dict[str, Any]:
    change = one.change
    return {
        "axis": one.axis,
        "before": one.before,
        "after": one.after,
        "column": columns.index(one.column),
        "change": _short(change.change),
        "low": None if change.low is None else _short(change.low),
        "high": None if change.high is None else _short(change.high),
        "from": _short(change.before),
        "to": _short(change.after),
        "over": change.over,
        "verdict": change.verdict,
        "settings": one.settings,
        "agreeing": one.agreeing,
        "left_out": one.left_out,
    }


def _rounded(values: Iterable[float]) -> list[float | None]:
    """Five digits are more than are shown."""
    return [None if math.isnan(value) else _short(value) for value in values]


def _short(value: float) -> float:
    return float(f"{value:.5g}")
