"""Heat maps of an explanation, each with the same map for another style and the difference of the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gsx.report.comparing import Extremes, figures, reading, verdict
from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, percent, signed
from gsx.report.heatmodel import Contrast, Difference, HeatView
from gsx.report.model import Pairs
from gsx.report.sentence import NINTHS, map_sentence
from gsx.report.text import text

ROLES = {"content": "content picture", "style": "style picture", "stylized": "stylised picture"}

SAYS = {
    "score": ("lowers the score", "no say", "raises the score"),
    "picture": ("", "changes nothing", "changes the picture"),
    "other": ("is below zero", "zero", "is above zero"),
}
"""What negative, zero and positive values of a map say of a place, by what its numbers are."""


def quantity(record: Mapping[str, Any]) -> str:
    """What a map's numbers are; of the score where the record does not say."""
    named = text(record.get("quantity")) or "score"
    return named if named in SAYS else "other"


def says(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """What its negative, zero and positive values say of a place."""
    own = record.get("says")
    if isinstance(own, list) and len(own) == 3:
        low, zero, high = map(text, own)
        return low, zero, high
    return SAYS[quantity(record)]


def heat_views(
    folder: FolderReader, place: str, records: object, score: float | None, names: tuple[str, str]
) -> list[HeatView]:
    """Each map of one explanation.

    Args:
        score: the value of what it explains, where that is known.
        names: of score and baseline.
    """
    return [_heat(folder, place, record, score, names) for record in folder.mappings(records, f"{place}: maps")]


def _heat(
    folder: FolderReader, place: str, record: Mapping[str, Any], score: float | None, names: tuple[str, str]
) -> HeatView:
    scale, own = number(record.get("scale")), _extremes(record)
    shows, lowest = quantity(record), own[0]
    one_sided = shows != "score" and lowest is not None and lowest >= 0
    return HeatView(
        label=text(record.get("label")) or text(record.get("name")),
        on=ROLES.get(text(record.get("on")), text(record.get("on"))),
        quantity=shows,
        says=says(record),
        one_sided=one_sided,
        picture=folder.picture(f"{place}/{text(record.get('picture'))}"),
        scale="" if scale is None else figure(scale),
        sentence=_sentence(folder, place, record, names),
        facts=_facts(record, own, score),
        # What has no sign is not said to agree in it.
        contrast=_contrast(folder, place, record.get("contrast"), scale, (None, None) if one_sided else own),
    )


def _sentence(folder: FolderReader, place: str, record: Mapping[str, Any], names: tuple[str, str]) -> str:
    """Where it lies, for a reader to quote; "" where that was not recorded."""
    ninths = folder.mapping(record.get("ninths"), f"{place}: ninths")
    positive, negative = _magnitudes(ninths.get("positive")), _magnitudes(ninths.get("negative"))
    if not positive or not negative:
        return ""
    shows, words = quantity(record), says(record)
    on = ROLES.get(text(record.get("on")), text(record.get("on")))
    against = "" if shows == "other" else names[1] or "unrecorded"
    own = None if words == SAYS["score"] else (words[2], words[0])  # the usual words name no score; a sentence has to
    return map_sentence(positive, negative, on, names[0], against, says=own)


def _magnitudes(values: object) -> list[float]:
    """Nine numbers ≥ 0; nothing where they are anything else."""
    found = [number(value) for value in values] if isinstance(values, list) else []
    known = [value for value in found if value is not None and value >= 0]
    return known if len(known) == len(found) == len(NINTHS) else []


def _facts(record: Mapping[str, Any], own: Extremes, score: float | None) -> Pairs:
    total, share, shape = number(record.get("sum")), number(record.get("positive_share")), record.get("shape")
    low, high = own
    facts: Pairs = []
    if total is not None and record.get("adds_up") is True:
        facts.append(("Sums to", figure(total) + ("" if score is None else f" (the score is {figure(score)})")))
    if low is not None and high is not None:
        facts.append(("Values", f"{signed(low)} to {signed(high)}"))
    if isinstance(shape, list) and len(shape) == 2:
        facts.append(("Resolution", f"{text(shape[1])} × {text(shape[0])}, enlarged to the picture"))
    if share is not None and quantity(record) == "score":
        facts.append(("Positive share", percent(share)))
    return facts


def _extremes(record: Mapping[str, Any]) -> Extremes:
    return number(record.get("minimum")), number(record.get("maximum"))


def _contrast(folder: FolderReader, place: str, record: object, scale: float | None, own: Extremes) -> Contrast | None:
    if record is None:
        return None
    found = folder.mapping(record, f"{place}: contrast")
    name, other = text(found.get("picture")), _extremes(found)
    correlation, ratio = number(found.get("correlation")), number(found.get("magnitude_ratio"))
    extremes = [abs(value) for value in other if value is not None]
    reason = ""
    if not name:
        reason = text(found.get("null_reason")) or "The explainer gave no map for it."
    return Contrast(
        style=text(found.get("style")) or "another style",
        picture=folder.picture(f"{place}/{name}") if name else None,
        reason=reason,
        reading=reading(correlation, ratio),
        figures=figures(correlation, ratio),
        verdict=verdict(correlation, ratio, own, other),
        clipped=scale is not None and bool(extremes) and max(extremes) > scale * 1.0001,
        # Without the other map there is nothing that a difference could be to.
        difference=_difference(folder, place, found.get("difference")) if name else None,
    )


def _difference(folder: FolderReader, place: str, record: object) -> Difference | None:
    """None in folders of runs that made none."""
    found = folder.mapping(record, f"{place}: difference")
    if not found:
        return None
    scale, name = number(found.get("scale")), text(found.get("picture"))
    return Difference(
        picture=folder.picture(f"{place}/{name}") if name else None,
        scale="" if scale is None else figure(scale),
        none=scale == 0,
    )
