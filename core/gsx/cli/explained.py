"""Explanations on the screen: what each found, in a few lines, and how its card came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gsx.cli.console import say, table
from gsx.specs.explanation import DESCRIBE

MOST_UNITS = 8
"""Units on the screen, the weightiest first; a channel unit has hundreds."""

VERDICTS = ("pass", "weak", "fail", "n/a")


def title(record: Mapping[str, Any]) -> str:
    """``ablation of style@relu3_1``; without a score where none is asked."""
    if not _asks(record):
        return str(record["explainer"]["name"])
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
    if answer := _answer(record):
        return answer.removesuffix(".")  # a count of the card follows
    if ranked := _ranked(record):
        line = ", ".join(f"{row['unit']} {row['score_change']:+.3g}" for row in ranked[:MOST_UNITS])
        return line + _more(ranked)
    return "; ".join(_map_line(found) for found in record.get("maps", ())) or "neither a map nor values"


def card_line(record: Mapping[str, Any]) -> str:
    """``5 pass, 1 fail (deletion), 2 n/a``; nothing where there is no card.

    What no explanation can pass by being right is counted only where it objects.
    """
    checks = [one for one in record.get("card") or () if one["verdict"] != "pass" or one["name"] not in DESCRIBE]
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
        of = f"{is_} by {record['unit']['name']} against {record['baseline']}" if _asks(record) else ""
        say(f"{title(record)}{of}, {record['seconds']:.1f} s: {record['folder']}")
        ranked = _ranked(record)
        if record["status"] == "done" and not record["null"] and ranked:
            if answer := _answer(record):
                say(answer)
            _print_values(record, ranked[:MOST_UNITS])
            if more := _more(ranked):
                say(more.removeprefix(", and "))
        else:
            say(summary(record))
        if line := card_line(record):
            say(f"card: {line}")
        if left := record.get("left_behind"):
            say(f"left behind, and put back: {'; '.join(left)}")


def _asks(record: Mapping[str, Any]) -> bool:
    """Whether it is about its score; attention is about none."""
    return record.get("asks_score") is not False


def _print_values(record: Mapping[str, Any], ranked: Sequence[Mapping[str, Any]]) -> None:
    """Units, and what they are held against; a positive value means that the unit raises the score."""
    beside = (record.get("beside") or [[]])[0]
    rows = [*ranked, *beside]
    names = list(dict.fromkeys(name for row in rows for name in row.get("figures", {})))
    worth = "part of score" if record.get("additive") else "score with - without"
    lines = [
        (
            row["unit"],
            f"{row['score_change']:+.4g}",
            *(f"{row['figures'][name]:.3g}" if name in row.get("figures", {}) else "" for name in names),
            _image_change(row),
        )
        for row in rows
    ]
    table(("unit", worth, *names, "change of picture"), lines)


def _answer(record: Mapping[str, Any]) -> str:
    """The explainer's own sentence on the first sample; "" where it gave none."""
    return str((record.get("answers") or [""])[0])


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
    if record.get("adds_up"):
        line = f"{record['label']}: sums to {record['sum']:.3g}"
    else:
        line = f"{record['label']}: {record['minimum']:.3g} to {record['maximum']:.3g}"
    if record.get("quantity", "score") != "score":
        line += " (not of the score)"
    contrast = record.get("contrast", {})
    if contrast.get("correlation") is not None:
        line += f", r = {contrast['correlation']:.2f} with the map for {contrast['style']}"
    return line
