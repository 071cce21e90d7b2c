"""A training in plain words: what fell, what pulls against what, and which gauge is past its bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, plural
from gsx.report.text import text
from gsx.report.traingauges import NOT_YET, PAST, GaugeRow
from gsx.report.trainprogress import Progress

CONFLICT = -0.3
"""A mean cosine below this is worth a sentence."""

TELLS = 0.53
"""A discriminator's share of right answers below this is hardly more than chance."""

RECENT = 5
"""Attributions that a sentence about now is the mean of."""

_BESIDES = ("discriminator", "penalty")


def reading(
    folder: FolderReader,
    lines: Sequence[Mapping[str, Any]],
    gauges: Sequence[GaugeRow],
    card: Mapping[str, Any],
    progress: Progress,
) -> list[str]:
    """Sentences, the most important first."""
    sentences = progress.sentences()
    if not lines and not progress.done:
        sentences.append("Nothing has been noted yet.")
    sentences += _bounds(gauges)
    sentences += _dead(folder, lines)
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
    problems = card.get("plugin_problems")
    sentences += [f"{text(problem)}." for problem in (problems if isinstance(problems, list) else ())]
    return sentences


def _bounds(gauges: Sequence[GaugeRow]) -> list[str]:
    """Which gauges are past their bounds, or have not come within them yet."""
    past = [gauge for gauge in gauges if gauge.state == PAST]
    early = [gauge for gauge in gauges if gauge.state == NOT_YET]
    said = [
        f"Warning: {gauge.name} is {gauge.value}, and should be {gauge.bound}. {gauge.note}"
        if gauge.value
        else f"Warning: {gauge.name} has no reading: {gauge.note}."
        for gauge in past
    ]
    said += [
        f"{gauge.name} is {gauge.value}, not yet within its bound ({gauge.bound})."
        if gauge.value
        else f"{gauge.name} has no reading: {gauge.note}."
        for gauge in early
    ]
    if not said and any(gauge.state == "healthy" for gauge in gauges):
        said.append("No gauge is past its bound.")
    return said


def _dead(folder: FolderReader, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """A generator that no term can change any more: every gradient of the newest attribution is zero."""
    newest: Mapping[str, Any] = next((line for line in reversed(lines) if "attribution" in line), {})
    shares = [number(share) for share in generator_part(folder, newest, "share").values()]
    if not shares or any(share != 0 for share in shares):
        return []
    return [
        "No term pulls at the generator any more: its gradient is zero, and further steps change nothing. Begin anew "
        "with a smaller train.generator.lr, a larger train.warmup, or a train.generator.clip."
    ]


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
        for pair, raw in generator_part(folder, line, "cosine").items():
            if (value := number(raw)) is not None:
                pairs.setdefault(text(pair), []).append(value)
    means = {pair: sum(values) / len(values) for pair, values in pairs.items()}
    return [
        f"{' and '.join(pair.split(' | '))} pull against each other at the generator (cosine {mean:.2f})."
        for pair, mean in means.items()
        if mean <= CONFLICT
    ]


def generator_part(folder: FolderReader, line: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """``share`` or ``cosine`` of a line's attribution at the generator; empty where it has none."""
    place = folder.mapping(line.get("attribution"), "attribution").get("generator")
    return folder.mapping(folder.mapping(place, "attribution").get(key), f"attribution: {key}")
