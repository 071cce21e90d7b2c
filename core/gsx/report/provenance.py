"""What a run was made of and how long it took: time, shapes, weights, versions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.formats import duration
from gsx.report.model import Pairs, Provenance, ShapeGroup, TimeBar
from gsx.report.text import pretty, text, texts

_MACHINE = (
    ("gsx", "GSX"),
    ("python", "Python"),
    ("platform", "System"),
    ("device", "Device"),
    ("device_name", "Processor"),
    ("cpu_count", "CPU cores"),
    ("threads", "Threads used"),
)
_KNOWN = {
    "status",
    "pair",
    "components",
    "fingerprint",
    "weights",
    "fit",
    "notes",
    "chain",
    "metrics",
    "fusion_effect",
    "explanations",
    "seconds",
    "peak_memory_mib",
    "folder",
}
"""Keys of result.json that the page shows, and where the run first lay; any other is printed as it is."""


def time_bars(folder: FolderReader, result: Mapping[str, Any]) -> tuple[list[TimeBar], str]:
    """A bar per stage, the rest of the total as one more, and the total."""
    found = folder.mapping(result.get("seconds"), "result.json: seconds")
    seconds = {key: value for key, raw in found.items() if (value := number(raw)) is not None}
    if len(seconds) < len(found):
        folder.problems.append("result.json: seconds holds entries that are no numbers; they are left out.")
    total = seconds.pop("total", None)
    if total is not None and seconds and (rest := total - sum(seconds.values())) > 0.005:
        seconds["everything else"] = rest
    longest = max(seconds.values(), default=0.0)
    bars = [TimeBar(key, duration(value), value / longest if longest else 0.0) for key, value in seconds.items()]
    return bars, "" if total is None else duration(total)


def shape_groups(rows: Sequence[Mapping[str, Any]]) -> list[ShapeGroup]:
    """The shape table's rows, those of one stage together."""
    return [
        ShapeGroup(stage, [tuple(text(row.get(key)) for key in ("gives", "shape", "readers")) for row in group])  # type: ignore[misc]
        for stage, group in itertools.groupby(rows, key=lambda row: text(row.get("stage")))
    ]


def layer_names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The extractor's layers, shallow to deep."""
    return [text(row.get("gives")) for row in rows if text(row.get("stage")).startswith("extractor ")]


def provenance(folder: FolderReader, result: Mapping[str, Any], recipe: Mapping[str, Any]) -> Provenance:
    """Fingerprint, weights, versions, recipe."""
    env = folder.json("env.json")
    weights = folder.mapping(result.get("weights"), "result.json: weights")
    return Provenance(
        fingerprint=text(result.get("fingerprint")),
        fit=text(result.get("fit")),
        weights=[(section, _pairs(folder, facts, f"weights of {section}")) for section, facts in weights.items()],
        machine=[(label, text(env[key])) for key, label in _MACHINE if key in env],
        packages=_pairs(folder, env.get("packages"), "env.json: packages"),
        plugins=texts(env.get("plugins")),
        recipe=pretty(recipe) if recipe else "",
        others=_others(result),
    )


def _pairs(folder: FolderReader, facts: object, what: str) -> Pairs:
    return [(key, text(value)) for key, value in folder.mapping(facts, what).items() if text(value)]


def _others(result: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in result.items() if key not in _KNOWN}
    return pretty(rest) if rest else ""
