"""The curves of a training: its terms, how hard each pulls and against which other, and its gauges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.curves import draw_curves
from gsx.report.folder import FolderReader, number
from gsx.report.model import Curves
from gsx.report.text import text
from gsx.report.trainreading import generator_part

POINTS = 200
"""Points of a curve: more lines than that are averaged in groups."""

GAME = frozenset({"adversarial", "discriminator"})
"""The two sides of the adversarial game, whose curves are drawn whatever else there is."""

_TERMS = "Each with its weight; the generator's total is their sum without the discriminator's."
_SHARES = (
    "Share of the sum of the norms of the terms' gradients at the generator, now. It is pressure, not merit: "
    "where two terms balance, each has about one half, whatever shaped the picture."
)
_COSINES = "Cosine of the gradients of two terms at the generator: below 0 the one undoes what the other does."
_GAUGES = "Read with the averaged weights; those that look at pictures are given held-out ones."

Row = dict[str, float]


@dataclass(frozen=True)
class Plot:
    """Curves under a heading, with a sentence that says how to read them."""

    title: str
    hint: str
    curves: Curves


def draw_plots(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[Plot]:
    """Every plot that has something to show."""
    terms, constant = _without_zeros(_rows(folder, lines, lambda line: folder.mapping(line.get("terms"), "terms")))
    shares = _rows(folder, lines, lambda line: generator_part(folder, line, "share"))
    cosines = _rows(folder, lines, lambda line: generator_part(folder, line, "cosine"))
    gauges = _rows(folder, lines, lambda line: _gauges(folder, line))
    hint = _TERMS + (f" Always 0, and so not drawn: {', '.join(constant)}." if constant else "")
    found = (
        _plot("The terms", hint, terms),
        _plot("How hard each term pulls", _SHARES, shares, linear=True),
        _plot("With or against each other", _COSINES, cosines, linear=True),
        _plot("The gauges", _GAUGES, gauges, linear=True),
    )
    return [plot for plot in found if plot is not None]


def _plot(title: str, hint: str, rows: Sequence[Row], linear: bool = False) -> Plot | None:
    names = dict.fromkeys(name for row in rows for name in row)
    first = [name for name in names if GAME & set(name.split(" | "))]
    curves = draw_curves(_thinned(rows), first=first, linear=linear) if rows else None
    return Plot(title, hint, curves) if curves else None


def _gauges(folder: FolderReader, line: Mapping[str, Any]) -> Mapping[str, Any]:
    gauges = folder.mappings(line.get("gauges"), "gauges")
    return {text(gauge.get("name")): gauge.get("value") for gauge in gauges}


def _rows(
    folder: FolderReader, lines: Sequence[Mapping[str, Any]], pick: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> list[Row]:
    """Numbers by name, with the step of each line that has any."""
    rows = []
    for line in lines:
        step = number(line.get("step"))
        measured = {key: folder.measured(raw, "metrics.jsonl") for key, raw in pick(line).items() if key != "step"}
        found = {key: value for key, value in measured.items() if value is not None}
        if step is not None and found:
            rows.append({**found, "step": step})
    return rows


def _without_zeros(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The rows without what is 0 throughout, and its names; unchanged where nothing else would be left."""
    names = dict.fromkeys(name for row in rows for name in row if name != "step")
    zero = [name for name in names if not any(row.get(name) for row in rows)]
    if len(zero) == len(names):
        return list(rows), []
    kept = ({name: value for name, value in row.items() if name not in zero} for row in rows)
    return [row for row in kept if len(row) > 1], zero


def _thinned(rows: Sequence[Row]) -> list[Row]:
    """Neighbours averaged where there are many."""
    size = -(-len(rows) // POINTS) or 1
    return [_mean(rows[start : start + size]) for start in range(0, len(rows), size)]


def _mean(rows: Sequence[Row]) -> Row:
    means = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row[name] for row in rows if name in row]
        means[name] = sum(values) / len(values)
    return means
