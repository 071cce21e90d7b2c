"""A training in plain words: what fell, what pulls against what, and which gauge is past its bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, plural
from gsx.report.text import text

CONFLICT = -0.3
"""A mean cosine below this is worth a sentence."""

TELLS = 0.53
"""A discriminator's share of right answers below this is hardly more than chance."""

RECENT = 5
"""Attributions that a sentence about now is the mean of."""

_BESIDES = ("discriminator", "penalty")


@dataclass(frozen=True)
class GaugeRow:
    """The last reading of one gauge. ``state``: healthy, past its bound, for information, or not applicable."""

    name: str
    value: str
    bound: str
    state: str
    note: str


def gauge_rows(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[GaugeRow]:
    """The newest reading of each gauge."""
    read = [line for line in lines if "gauges" in line]
    if not read:
        return []
    rows = []
    for gauge in folder.mappings(read[-1]["gauges"], "gauges"):
        value, healthy = number(gauge.get("value")), gauge.get("healthy")
        if value is None:
            state, note = "not applicable", text(gauge.get("reason"))
        elif healthy is None:
            state, note = "for information", ""
        else:
            state, note = ("healthy", "") if healthy else ("past its bound", text(gauge.get("advice")))
        shown = "" if value is None else f"{value:.2f}"
        rows.append(GaugeRow(text(gauge.get("name")), shown, text(gauge.get("bound")), state, note))
    return rows


def reading(
    folder: FolderReader,
    lines: Sequence[Mapping[str, Any]],
    gauges: Sequence[GaugeRow],
    card: Mapping[str, Any],
    steps: float | None,
) -> list[str]:
    """Sentences, the most important first."""
    last = max((value for line in lines if (value := number(line.get("step"))) is not None), default=0.0)
    of = f" of {steps:.0f}" if steps is not None else ""
    sentences = [f"The training is done: {last:.0f} steps." if card else f"{last:.0f}{of} steps so far."]
    past = [gauge for gauge in gauges if gauge.state == "past its bound"]
    sentences += [
        f"Warning: {gauge.name} is {gauge.value}, and should be {gauge.bound}. {gauge.note}" for gauge in past
    ]
    if gauges and not past and any(gauge.state == "healthy" for gauge in gauges):
        sentences.append("No gauge is past its bound.")
    sentences += [
        f"The discriminator tells paintings from results in {100 * float(gauge.value):.0f} % of their patches, where "
        "50 % is chance: it teaches nothing yet, or no more."
        for gauge in gauges
        if gauge.name == "discriminator accuracy" and gauge.value and float(gauge.value) < TELLS
    ]
    sentences += _falls(folder, lines)
    sentences += _conflicts(folder, lines)
    skipped = folder.mapping(card.get("skipped_steps"), "card.json: skipped_steps")
    sentences += [
        f"{plural(int(count), 'step')} had to be skipped, because {text(what)} was NaN or infinite."
        for what, raw in skipped.items()
        if (count := number(raw)) is not None
    ]
    return sentences


def _falls(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """First tenth against last tenth of each term that the generator pays."""
    values: dict[str, list[float]] = {}
    for line in lines:
        for name, raw in folder.mapping(line.get("terms"), "terms").items():
            if (value := number(raw)) is not None and name not in (*_BESIDES, "adversarial"):
                values.setdefault(str(name), []).append(value)
    parts = []
    for name, series in values.items():
        tenth = max(1, len(series) // 10)
        first, now = (sum(part) / len(part) for part in (series[:tenth], series[-tenth:]))
        if len(series) >= 10:
            parts.append(f"{name} went from {figure(first)} to {figure(now)}")
    return [f"From the first tenth to the last, {'; '.join(parts)}."] if parts else []


def _conflicts(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Pairs of terms that pull against each other now."""
    recent = [line for line in lines if "attribution" in line][-RECENT:]
    pairs: dict[str, list[float]] = {}
    for line in recent:
        place = folder.mapping(folder.mapping(line["attribution"], "attribution").get("generator"), "attribution")
        for pair, raw in folder.mapping(place.get("cosine"), "attribution: cosine").items():
            if (value := number(raw)) is not None:
                pairs.setdefault(text(pair), []).append(value)
    means = {pair: sum(values) / len(values) for pair, values in pairs.items()}
    return [
        f"{' and '.join(pair.split(' | '))} pull against each other at the generator (cosine {mean:.2f})."
        for pair, mean in means.items()
        if mean <= CONFLICT
    ]
