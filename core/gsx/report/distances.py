"""Metrics, and how far the fusion itself moved the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import figure, percent
from gsx.report.model import FusionEffect, LayerTable, MetricRow
from gsx.report.text import text

DIRECTIONS = {"lower": "↓ lower is closer", "higher": "↑ higher is closer"}


def metric_views(
    folder: FolderReader, result: Mapping[str, Any], layers: Sequence[str]
) -> tuple[list[MetricRow], LayerTable | None]:
    """The table of figures, and those by layer in a table of their own.

    A figure named after a layer (``relu4_1``, ``raw.relu4_1``) goes into the second one.
    """
    rows: list[MetricRow] = []
    by_layer: dict[tuple[str, str], dict[str, str]] = {}
    for record in folder.mappings(result.get("metrics"), "result.json: metrics"):
        name = text(record.get("id")) or text(record.get("name")) or "unnamed"
        summary, direction = text(record.get("summary")), DIRECTIONS.get(text(record.get("direction")), "")
        for state in ("skipped", "error"):
            if state in record:
                rows.append(MetricRow(name, summary, "", "", "", state, text(record[state]) or "no reason was given"))
        values = folder.mapping(record.get("values"), f"metric {name}: values")
        if not values and not {"skipped", "error"} & set(record):
            rows.append(MetricRow(name, summary, "", "", "", "error", "it gave no figure"))
        for key, raw in values.items():
            value = number(raw)
            kind, _, layer = key.rpartition(".")
            if value is None:
                rows.append(MetricRow(name, summary, key, "", "", "error", "this figure is no number"))
            elif layer in layers:
                by_layer.setdefault((name, kind), {})[layer] = figure(value)
            else:
                rows.append(MetricRow(name, summary, _shown(key, name), figure(value), direction, "ok", ""))
    used = [layer for layer in layers if any(layer in found for found in by_layer.values())]
    table = [(name, kind, [found.get(layer, "") for layer in used]) for (name, kind), found in by_layer.items()]
    return rows, LayerTable(used, table) if table else None


def _shown(key: str, metric: str) -> str:
    """``normalised.mean`` -> ``normalised, mean over layers``; nothing where it only repeats the metric's name."""
    kind, _, last = key.rpartition(".")
    return ", ".join(filter(None, [kind, "mean over layers" if last == "mean" else "" if key == metric else last]))


def fusion_effect(folder: FolderReader, result: Mapping[str, Any]) -> FusionEffect | None:
    """None where the run did not get that far."""
    record = folder.mapping(result.get("fusion_effect"), "result.json: fusion_effect")
    if not record:
        return None
    if "not_applicable" in record:
        return FusionEffect("", "", "", 0.0, None, text(record["not_applicable"]) or "no reason was given")
    difference, way = number(record.get("mean_abs_difference")), number(record.get("content_to_result"))
    if difference is None:
        return FusionEffect("", "", "", 0.0, None, "its figure is missing from result.json")
    sees = record.get("sees_style_otherwise")
    return FusionEffect(
        difference=figure(difference),
        way="" if way is None else figure(way),
        share=percent(difference / way) if way else "",
        ratio=difference / way if way else 0.0,
        sees_style=sees if isinstance(sees, bool) else None,
        reason="",
    )
