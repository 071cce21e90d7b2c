"""What the page of a training says, read from its folder: while it runs, after it stopped, or when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.curves import draw_curves
from gsx.report.folder import FolderReader, Picture, number
from gsx.report.formats import duration, plural
from gsx.report.model import Curves, Pairs
from gsx.report.text import text
from gsx.report.trainreading import GaugeRow, gauge_rows, reading

POINTS = 200
"""Points of a curve: more lines than that are averaged in groups."""

SHEETS = 3
"""Contact sheets shown: the first, the last, and some between."""


@dataclass(frozen=True)
class Plot:
    """Curves under a heading, with a sentence that says how to read them."""

    title: str
    hint: str
    curves: Curves


@dataclass(frozen=True)
class Sheet:
    """A picture of the training, and what it is of: a step, or a term."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class TrainingPage:
    """All that the page says, as plain data; whatever comes from the folder is text."""

    title: str
    status: str
    reading: list[str]
    plots: list[Plot]
    gauges: list[GaugeRow]
    pressure: list[Sheet]
    sheets: list[Sheet]
    facts: Pairs
    problems: list[str]


def is_training(folder: FolderReader) -> bool:
    """Whether the folder is a training's: no finished run of a pair, and checkpoints or a card."""
    inside = folder.path
    return not (inside / "result.json").exists() and any(
        (inside / name).exists() for name in ("checkpoints", "sheets", "card.json")
    )


def read_training(folder: FolderReader) -> TrainingPage:
    """What the page will say. Parts that are missing or damaged are named in its ``problems``."""
    recipe = folder.json("recipe.json")
    card = folder.json("card.json") if (folder.path / "card.json").exists() else {}
    lines = folder.lines("metrics.jsonl")
    names = [text(folder.mapping(recipe.get(part), part).get("name")) for part in ("generator", "fusion")]
    steps = number(folder.mapping(recipe.get("train"), "train").get("steps"))
    gauges = gauge_rows(folder, lines)
    return TrainingPage(
        title=f"{names[0] or 'a generator'} with {names[1] or 'a fusion'}",
        status="done" if card else "not finished",
        reading=reading(folder, lines, gauges, card, steps),
        plots=_plots(folder, lines),
        gauges=gauges,
        pressure=_pressure(folder),
        sheets=_sheets(folder),
        facts=_facts(card, lines),
        problems=list(dict.fromkeys(folder.problems)),
    )


def _plots(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[Plot]:
    terms = _series(folder, lines, lambda line: folder.mapping(line.get("terms"), "terms"))
    shares = _series(folder, lines, lambda line: _at(folder, line, "share"))
    cosines = _series(folder, lines, lambda line: _at(folder, line, "cosine"))
    readings = [
        {
            "step": line.get("step"),
            **{text(gauge.get("name")): gauge.get("value") for gauge in folder.mappings(line["gauges"], "gauges")},
        }
        for line in lines
        if "gauges" in line
    ]
    gauges = _series(folder, readings, lambda line: {key: line[key] for key in line if key != "step"})
    found = (
        ("The terms", "Each with its weight; the generator's total is their sum without the discriminator's.", terms),
        (
            "How hard each term pulls",
            "Share of the sum of the norms of the terms' gradients at the generator, now. It is pressure, not merit: "
            "where two terms balance, each has about one half, whatever shaped the picture.",
            shares,
        ),
        (
            "With or against each other",
            "Cosine of the gradients of two terms at the generator: below 0 the one undoes what the other does.",
            cosines,
        ),
        ("The gauges", "Read on held-out pictures, with the averaged weights.", gauges),
    )
    drawn = ((title, hint, draw_curves(series) if series else None) for title, hint, series in found)
    return [Plot(title, hint, curves) for title, hint, curves in drawn if curves is not None]


def _at(folder: FolderReader, line: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    place = folder.mapping(line.get("attribution"), "attribution").get("generator")
    return folder.mapping(folder.mapping(place, "attribution").get(key), f"attribution: {key}")


def _series(folder: FolderReader, lines: Sequence[Mapping[str, Any]], pick: Any) -> list[dict[str, float]]:
    """Rows of numbers by name and step, neighbours averaged where there are many."""
    rows = []
    for line in lines:
        step, values = number(line.get("step")), pick(line)
        found = {str(key): value for key, raw in values.items() if (value := number(raw)) is not None}
        if step is not None and found:
            rows.append({**found, "step": step})
    size = -(-len(rows) // POINTS) or 1
    return [_mean(rows[start : start + size]) for start in range(0, len(rows), size)]


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    means = {}
    for name in names:
        values = [row[name] for row in rows if name in row]
        means[name] = sum(values) / len(values)
    return means


def _sheets(folder: FolderReader) -> list[Sheet]:
    try:
        names = sorted(path.name for path in (folder.path / "sheets").iterdir() if path.suffix == ".png")
    except OSError:
        return []
    if not names:
        return []
    places = sorted({round(index * (len(names) - 1) / max(SHEETS - 1, 1)) for index in range(SHEETS)})
    found = ((names[place], folder.picture(f"sheets/{names[place]}")) for place in places)
    return [Sheet(name.removesuffix(".png").lstrip("0") or "0", picture) for name, picture in found if picture]


def _pressure(folder: FolderReader) -> list[Sheet]:
    """The newest map of each term."""
    try:
        names = sorted(path.name for path in (folder.path / "pressure").iterdir() if path.suffix == ".png")
    except OSError:
        return []
    newest = names[-1].partition("-")[0] if names else ""
    found = [(name, folder.picture(f"pressure/{name}")) for name in names if name.startswith(f"{newest}-")]
    return [Sheet(name.partition("-")[2].removesuffix(".png"), picture) for name, picture in found if picture]


def _facts(card: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Pairs:
    facts: Pairs = []
    seconds = next((value for line in reversed(lines) if (value := number(line.get("seconds"))) is not None), None)
    if seconds is not None:
        facts.append(("Time in steps", duration(seconds)))
    for key, label in (("parameters", "Parameters"), ("bytes", "Bytes"), ("sha256", "sha256"), ("command", "Command")):
        if key in card:
            value = number(card[key])
            facts.append((label, text(card[key]) if value is None else f"{value:,.0f}"))
    data = card.get("data")
    for side, entry in (data if isinstance(data, dict) else {}).items():
        if isinstance(entry, dict):
            train, held_out = number(entry.get("train")), number(entry.get("held_out"))
            if train is not None and held_out is not None:
                facts.append((f"{text(side).capitalize()} pictures", f"{train:.0f}, and {held_out:.0f} held out"))
            unusable = entry.get("unusable")
            if isinstance(unusable, list) and unusable:
                facts.append((f"Unusable {text(side)} pictures", plural(len(unusable), "file")))
    return facts
