"""Explanations on the screen: what each found, in a few lines, and how its card came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gsx.cli.console import say, table

MOST_UNITS = 8
"""Units on the screen, the weightiest first; a channel unit has hundreds."""

VERDICTS = ("pass", "weak", "fail", "n/a")


def title(record: Mapping[str, Any]) -> str:
    """``ablation of style@relu3_1``."""
    score = record["score"]
    layers = score.get("layers")
    at = f"@{','.join(layers)}" if isinstance(layers, list) and layers else ""
    return f"{record['explainer']['name']} of {score['name']}{at}"


def summary(record: Mapping[str, Any]) -> str:
    """What an explanation found, in one line."""
    if record["status"] == "error":
        return f"failed: {record['error']}"
    if record["null"]:
        return f"null: {record['null_reason']}"
    if ranked := _ranked(record):
        line = ", ".join(f"{row['unit']} {row['score_change']:+.3g}" for row in ranked[:MOST_UNITS])
        return line + _more(ranked)
    return "; ".join(_map_line(found) for found in record.get("maps", ()))


def card_line(record: Mapping[str, Any]) -> str:
    """``5 pass, 1 fail (deletion), 2 n/a``; nothing where there is no card."""
    checks = record.get("card") or ()
    parts = []
    for verdict in VERDICTS:
        names = [check["name"] for check in checks if check["verdict"] == verdict]
        if names:
            # Which ones passed is in the report; which did not, a reader has to know at once.
            shown = f" ({', '.join(names)})" if verdict in ("weak", "fail") else ""
            parts.append(f"{len(names)} {verdict}{shown}")
    return ", ".join(parts)


def print_explanations(records: Sequence[Mapping[str, Any]]) -> None:
    """A ranked table, or a line, for each explanation; its card; its notes on what went wrong."""
    for record in records:
        score = (record.get("provenance") or {}).get("score")
        is_ = f" = {score[0]:.4g}" if isinstance(score, list) and score else ""
        say(f"{title(record)}{is_} by {record['unit']['name']}, {record['seconds']:.1f} s: {record['folder']}")
        ranked = _ranked(record)
        if record["status"] == "done" and not record["null"] and ranked:
            rows = [(row["unit"], f"{row['score_change']:+.4g}", _image_change(row)) for row in ranked[:MOST_UNITS]]
            table(("unit", "change of score", "change of picture"), rows)
            if more := _more(ranked):
                say(more.removeprefix(", and "))
        else:
            say(summary(record))
        if line := card_line(record):
            say(f"card: {line}")
        if left := record.get("left_behind"):
            say(f"left behind, and put back: {'; '.join(left)}")


def _image_change(row: Mapping[str, Any]) -> str:
    return "" if row["image_change"] is None else f"{row['image_change']:.4g}"


def _ranked(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    values = record.get("values") or [[]]
    return sorted(values[0], key=lambda row: -abs(row["score_change"]))


def _more(ranked: Sequence[object]) -> str:
    more = len(ranked) - MOST_UNITS
    return f", and {more} more in explanation.json" if more > 0 else ""


def _map_line(record: Mapping[str, Any]) -> str:
    """A map's label and what tells it from a map of nothing in particular."""
    line = f"{record['label']}: sums to {record['sum']:.3g}"
    contrast = record.get("contrast", {})
    if contrast.get("correlation") is not None:
        line += f", r = {contrast['correlation']:.2f} with the map for {contrast['style']}"
    return line
