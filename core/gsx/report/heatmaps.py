"""Heat maps of an explanation, each with the same map for another style."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, percent, signed
from gsx.report.model import Contrast, HeatView, Pairs
from gsx.report.text import text

ROLES = {"content": "content picture", "style": "style picture", "stylized": "stylised picture"}

_READINGS = (
    (0.9, "nearly the same map: it says little about this style in particular"),
    (0.6, "a similar map: part of it would look the same for any style"),
    (0.3, "a partly different map: it depends on which style is asked about"),
    (-0.3, "an unrelated map: it depends on which style is asked about"),
    (-1.1, "a reversed map: what speaks for one style speaks against the other"),
)
"""Correlation from which on, and what it means for a reader."""


def heat_views(folder: FolderReader, place: str, records: object) -> list[HeatView]:
    """Each map of one explanation."""
    return [_heat(folder, place, record) for record in folder.mappings(records, f"{place}: maps")]


def _heat(folder: FolderReader, place: str, record: Mapping[str, Any]) -> HeatView:
    scale, low, high = (number(record.get(key)) for key in ("scale", "minimum", "maximum"))
    share, shape = number(record.get("positive_share")), record.get("shape")
    facts: Pairs = []
    if share is not None:
        facts.append(("Positive share", percent(share)))
    if low is not None and high is not None:
        facts.append(("Values", f"{signed(low)} to {signed(high)}"))
    if isinstance(shape, list) and len(shape) == 2:
        facts.append(("Resolution", f"{text(shape[1])} × {text(shape[0])}, enlarged to the picture"))
    return HeatView(
        label=text(record.get("label")) or text(record.get("name")),
        on=ROLES.get(text(record.get("on")), text(record.get("on"))),
        picture=folder.picture(f"{place}/{text(record.get('picture'))}"),
        scale="" if scale is None else figure(scale),
        facts=facts,
        contrast=_contrast(folder, place, record.get("contrast"), scale),
    )


def _contrast(folder: FolderReader, place: str, record: object, scale: float | None) -> Contrast | None:
    if record is None:
        return None
    found = folder.mapping(record, f"{place}: contrast")
    name, correlation = text(found.get("picture")), number(found.get("correlation"))
    extremes = [abs(value) for key in ("minimum", "maximum") if (value := number(found.get(key))) is not None]
    reason = ""
    if not name:
        reason = text(found.get("null_reason")) or "The explainer gave no map for it."
    return Contrast(
        style=text(found.get("style")) or "another style",
        picture=folder.picture(f"{place}/{name}") if name else None,
        reason=reason,
        correlation="" if correlation is None else figure(correlation, 2),
        reading="" if correlation is None else next(words for least, words in _READINGS if correlation >= least),
        clipped=scale is not None and bool(extremes) and max(extremes) > scale * 1.0001,
    )
