"""The faithfulness card of an explanation, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import duration, figure, percent
from gsx.report.text import pretty, text
from gsx.specs.explanation import DESCRIBE

NAMES = {
    "null": "Says when there is nothing",
    "deletion": "Deletion: the most important first",
    "insertion": "Insertion: the most important first",
    "infidelity": "Infidelity under small changes",
    "completeness": "Completeness: values add up",
    "max-sensitivity": "Steadiness under small noise",
    "randomisation": "Depends on what the network learnt",
    "seeds": "Same with another seed",
    "target": "Changes with the target",
    "sparseness": "Sparseness (Gini)",
}
"""The core's checks in words; another one is shown by its name."""

VERDICTS = {
    "pass": ("pass", "as it should be"),
    "weak": ("weak", "doubtful"),
    "fail": ("fail", "not as it should be"),
    "n/a": ("other", "does not apply"),
}
"""Verdict -> class of its colour, and what it means in words."""


@dataclass(frozen=True)
class CheckRow:
    """One check. ``kind`` is the class of its colour; ``value`` is "" where there is none."""

    name: str
    words: str
    value: str
    expected: str
    verdict: str
    meaning: str
    kind: str
    why: str
    seconds: str
    points: str


@dataclass(frozen=True)
class CardView:
    """A card: its rows, how many of them have which verdict, and further figures as JSON ("" where there are none).

    ``failed``: in words, what the explanation is not as it should be in.
    """

    rows: list[CheckRow]
    counts: list[tuple[str, str]]
    failed: str
    details: str


def card_view(folder: FolderReader, place: str, record: Mapping[str, Any]) -> CardView | None:
    """The card of one explanation; None where none was made."""
    checks = folder.mappings(record.get("card"), f"{place}: card")
    if not checks:
        return None
    rows = [_row(check) for check in checks]
    counts = [
        (kind, f"{count} {verdict}")
        for verdict, (kind, _) in VERDICTS.items()
        if (count := sum(row.verdict == verdict and (verdict != "pass" or row.name not in DESCRIBE) for row in rows))
    ]
    details = {text(check.get("name")): check["details"] for check in checks if check.get("details")}
    failed = ", ".join(row.words.partition(":")[0].lower() for row in rows if row.verdict == "fail")
    return CardView(rows, counts, failed, pretty(details) if details else "")


def _row(check: Mapping[str, Any]) -> CheckRow:
    name, verdict = text(check.get("name")) or "unnamed", text(check.get("verdict"))
    value, seconds = number(check.get("value")), number(check.get("seconds"))
    kind, meaning = VERDICTS.get(verdict, ("other", "a verdict that this page does not know"))
    if verdict == "pass" and name in DESCRIBE:
        kind, meaning = "other", "not counted: it says nothing of whether the explanation is right"
    return CheckRow(
        name=name,
        words=NAMES.get(name, name.replace("-", " ").replace("_", " ")),
        value="" if value is None else figure(value),
        expected=text(check.get("expected")),
        verdict=verdict or "none",
        meaning=meaning,
        kind=kind,
        why=text(check.get("why")),
        seconds="" if seconds is None else duration(seconds),
        points=_points(check.get("details")),
    )


def _points(details: object) -> str:
    """Where along its curve the score was read, of the units; "" where the check read none."""
    places = details.get("places") if isinstance(details, dict) else None
    inner = [number(place) for place in places[1:-1]] if isinstance(places, list) else []
    known = [place for place in inner if place is not None]
    if not known or len(known) < len(inner):
        return ""
    if len(known) == 1:
        return f"Its curve has one point between the ends, at {percent(known[0])} of the units: a rough check."
    return f"Its curve has {len(known)} points between the ends."
