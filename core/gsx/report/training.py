"""What the page of a training says, read from its folder: while it runs, after it stopped, or when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, Picture, number
from gsx.report.formats import duration, plural
from gsx.report.model import Pairs
from gsx.report.text import text
from gsx.report.traingauges import GaugeRow, gauge_rows
from gsx.report.trainplots import Plot, draw_plots
from gsx.report.trainprogress import progress, read_lines
from gsx.report.trainreading import reading

SHEETS = 3
"""Contact sheets shown: the first, the last, and some between."""


@dataclass(frozen=True)
class Sheet:
    """A picture of the training, and what it is of: a step, or a term."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class TrainingPage:
    """All that the page says, as plain data; whatever comes from the folder is text.

    ``shown``: what the contact sheets are of.
    """

    title: str
    status: str
    reading: list[str]
    plots: list[Plot]
    gauges: list[GaugeRow]
    pressure: list[Sheet]
    shown: str
    sheets: list[Sheet]
    facts: Pairs
    problems: list[str]


def read_training(folder: FolderReader) -> TrainingPage:
    """What the page will say. Parts that are missing or damaged are named in its ``problems``."""
    recipe = folder.json("recipe.json")
    card = folder.json("card.json") if (folder.path / "card.json").exists() else {}
    lines = read_lines(folder)
    names = [text(folder.mapping(recipe.get(part), part).get("name")) for part in ("generator", "fusion")]
    steps = number(folder.mapping(recipe.get("train"), "train").get("steps"))
    gauges, come = gauge_rows(folder, lines, steps), progress(lines, card, steps)
    return TrainingPage(
        title=f"{names[0] or 'a generator'} with {names[1] or 'a fusion'}",
        status="done" if come.done else "not finished",
        reading=reading(folder, lines, gauges, card, come),
        plots=draw_plots(folder, lines),
        gauges=gauges,
        pressure=_pressure(folder),
        shown=_shown(card),
        sheets=_sheets(folder),
        facts=_facts(card, lines),
        problems=list(dict.fromkeys(folder.problems)),
    )


def _shown(card: Mapping[str, Any]) -> str:
    """What a contact sheet is of. Of a side without held-out pictures it shows those that were trained on."""
    data = card.get("data")
    sides = [data.get(side) for side in ("content", "style")] if isinstance(data, dict) else []
    counts = [number(side.get("held_out")) for side in sides if isinstance(side, dict)]
    if len(counts) < 2 or None in counts:
        return "Pictures in styles"
    return {
        (True, True): "Held-out pictures in held-out styles",
        (True, False): "Held-out pictures in training styles: no style was held out",
        (False, True): "Training pictures in held-out styles: no content was held out",
        (False, False): "Training pictures in training styles: none were held out",
    }[bool(counts[0]), bool(counts[1])]


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
