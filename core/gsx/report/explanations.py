"""Explanations of a run folder, as the page shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gsx.report.card import card_view
from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, percent, signed
from gsx.report.heatmaps import ROLES, heat_views
from gsx.report.model import ExplanationView, ValueRow, ValueTable
from gsx.report.sentence import values_sentence
from gsx.report.text import pretty, text, texts

_NAMING = ("name", "id", "layers")
"""What of a score's record is in its name already."""

_LETTERS = re.compile(r"\w+")

SHOWN_VALUES = 20
"""Rows of a table of values; the rest is counted."""

MOST_COLUMNS = 4
"""Further figures of a unit that the table shows; all are in explanation.json."""

UNIT_BASELINES = {
    "fused": "the content picture's own features, as if nothing had been fused",
    "fused-channels": "the content picture's own channel, as if nothing had been fused",
    "components": "the content picture's own, as if nothing had been fused (the content itself: by none)",
    "generator": "what the generator has there for the content picture's own features, as if nothing had been fused",
}
"""What the content stands in with, for units of what makes the picture."""

BASELINES: dict[object, str] = {
    ("content", "stylized"): "what the content picture has at the same place",
    ("content", "style"): "the same with the content picture's mean and spread per channel",
    "zero": "zero",
    "mean": "its own mean over all positions",
}
"""What stands for a unit's absence, in words; by role where that matters."""

_DRAWN = {
    "folder", "score_higher", "asks_score", "status", "error", "exit_code", "null", "null_reason", "notes", "values",
    "beside", "answers", "maps", "card",
}  # fmt: skip
"""Keys that the page shows by other means; all others are printed as they are, so that nothing is hidden."""


def explanation_views(
    folder: FolderReader, result: Mapping[str, Any], recipe: Mapping[str, Any]
) -> list[ExplanationView]:
    """Each explanation in the run's order, then any that were added to the folder since."""
    listed = {
        text(record.get("folder")): record
        for record in folder.mappings(result.get("explanations"), "result.json: explanations")
    }
    there = folder.explanation_folders()
    views = []
    for place in [*listed, *(name for name in there if name not in listed)]:
        own = folder.json(f"{place}/explanation.json") if place else {}
        record = own or listed.get(place, {})
        if record:
            views.append(_view(folder, place, record))
    asked = len(recipe["explainer"]) if isinstance(recipe.get("explainer"), list) else 0
    if len(views) < asked and (views or result.get("status") != "interrupted"):
        missing = asked - len(views)
        folder.problems.append(f"{missing} of the {asked} explanations that the recipe asks for are not there.")
    return views


def _view(folder: FolderReader, place: str, record: Mapping[str, Any]) -> ExplanationView:
    explainer, score, unit, provenance = (
        folder.mapping(record.get(key), f"{place}: {key}") for key in ("explainer", "score", "unit", "provenance")
    )
    base = provenance.get("score")
    first = number(base[0] if isinstance(base, list) and base else base)
    null = record.get("null") is True
    asks = record.get("asks_score") is not False
    role, named = text(unit.get("role")), text(record.get("baseline"))
    own = UNIT_BASELINES.get(text(unit.get("name")), "") if named == "content" else ""
    baseline = own or BASELINES.get((named, role)) or BASELINES.get(named) or named
    failed = text(record.get("error")) or "It failed without saying why." if record.get("status") == "error" else ""
    return ExplanationView(
        explainer=_title(explainer, score) or place.rpartition("/")[2],
        summary=text(record.get("summary")),
        score=_named(score) if asks else "",
        higher=text(record.get("score_higher")),
        options=_options(score),
        base="" if first is None else figure(first),
        unit=text(unit.get("name")) if asks else "",
        unit_role=ROLES.get(role, ""),
        baseline=baseline,
        folder=place,
        error=failed,
        null=null,
        null_reason=text(record.get("null_reason")) or "No reason was given.",
        # What is null must not be shown as if it were a finding, whatever pictures lie there.
        maps=[] if null else heat_views(folder, place, record.get("maps"), first, (_named(score), named)),
        values=None if null else _values(folder, place, record),
        sentences=[] if null or failed else _sentences(folder, place, record),
        card=card_view(folder, place, record),
        notes=texts(record.get("notes")),
        details=pretty({key: value for key, value in record.items() if key not in _DRAWN}),
    )


def _sentences(folder: FolderReader, place: str, record: Mapping[str, Any]) -> list[str]:
    """What a reader may quote: the explainer's own answer, or else what the values say. Maps have their own."""
    score, baseline = _named(folder.mapping(record.get("score"), f"{place}: score")), text(record.get("baseline"))
    answers = record.get("answers")
    answer = text(answers[0]) if isinstance(answers, list) and answers else ""
    values = [(text(row.get("unit")), change) for row, change in _ranked(folder, place, record)]
    found = answer or values_sentence(values, score, baseline, additive=record.get("additive") is True)
    return [found] if found else []


def _title(explainer: Mapping[str, Any], score: Mapping[str, Any]) -> str:
    """``gradcam++``; with its id, ``gradcam++ (mine)``, where a person gave it one that the rest does not say."""
    name, own = text(explainer.get("name")), text(explainer.get("id"))
    if not name or not own:
        return own or name
    # --score makes ids of explainer and score, less the signs that no id may have.
    made = (_LETTERS.findall(name), _LETTERS.findall(f"{name}-{_named(score)}"))
    return name if _LETTERS.findall(own) in made else f"{name} ({own})"


def _named(score: Mapping[str, Any]) -> str:
    """``style@relu3_1``."""
    layers = texts(score["layers"]) if isinstance(score.get("layers"), list) else []
    return text(score.get("name")) + (f"@{','.join(layers)}" if layers else "")


def _options(score: Mapping[str, Any]) -> str:
    """``statistic = gram, relative = true``: which of the scores of that name it is; layers are in the name."""

    def said(value: object) -> str:
        if isinstance(value, list):
            return f"({', '.join(texts(value))})"
        return "true" if value is True else text(value)

    given = {key: said(value) for key, value in score.items() if key not in _NAMING}
    return ", ".join(f"{key} = {value}" for key, value in given.items() if value)


def _ranked(folder: FolderReader, place: str, record: Mapping[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """The first sample's rows, ranked by what they change; a run folder has one sample."""
    return sorted(_rows(folder, place, record, "values"), key=lambda pair: -abs(pair[1]))


def _rows(folder: FolderReader, place: str, record: Mapping[str, Any], key: str) -> list[tuple[dict[str, Any], float]]:
    """The first sample's rows, each with its change of the score."""
    samples = record.get(key)
    first = samples[0] if isinstance(samples, list) and samples else None
    rows = folder.mappings(first, f"{place}: {key}")
    known = [(row, change) for row in rows if (change := number(row.get("score_change"))) is not None]
    if len(known) < len(rows):
        folder.problems.append(f"{place}: {len(rows) - len(known)} {key} are no numbers and left out.")
    return known


def _values(folder: FolderReader, place: str, record: Mapping[str, Any]) -> ValueTable | None:
    known = _ranked(folder, place, record)
    if not known:
        return None
    beside, additive = _rows(folder, place, record, "beside")[:SHOWN_VALUES], record.get("additive") is True
    largest = max(abs(change) for _, change in [*known, *beside])
    total = sum(abs(change) for _, change in known)
    shown = known[:SHOWN_VALUES]
    drawn = [row for row, _ in [*shown, *beside]]
    columns = list(dict.fromkeys(name for row in drawn for name in _figures(folder, place, row)))[:MOST_COLUMNS]

    def view(row: Mapping[str, Any], change: float) -> ValueRow:
        figures, image = _figures(folder, place, row), number(row.get("image_change"))
        return ValueRow(
            text(row.get("unit")),
            signed(change),
            "–" if image is None else figure(image),
            change / largest if largest else 0.0,
            [figure(figures[name]) if name in figures else "–" for name in columns],
        )

    return ValueTable(
        columns=columns,
        rows=[view(row, change) for row, change in shown],
        beside=[view(row, change) for row, change in beside],
        hidden=len(known) - len(shown),
        carried=percent(sum(abs(change) for _, change in shown) / total) if total and additive else "",
        remade=any(number(row.get("image_change")) is not None for row in drawn),
        largest=figure(largest),
        total=signed(sum(change for _, change in known)) if additive else "",
        silent=not largest,
    )


def _figures(folder: FolderReader, place: str, row: Mapping[str, Any]) -> dict[str, float]:
    """Further figures of a row, those that are numbers."""
    found = folder.mapping(row.get("figures"), f"{place}: figures")
    return {name: value for name, raw in found.items() if (value := number(raw)) is not None}
