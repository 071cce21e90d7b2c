"""The newest reading of each gauge of a training, and whether it is a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.text import text

PAST, NOT_YET = "past its bound", "not yet within its bound"


@dataclass(frozen=True)
class GaugeRow:
    """The last reading of one gauge.

    ``state``: healthy, :data:`PAST`, :data:`NOT_YET`, for information, or not applicable.
    """

    name: str
    value: str
    bound: str
    state: str
    note: str


def gauge_rows(folder: FolderReader, lines: Sequence[Mapping[str, Any]], steps: float | None) -> list[GaugeRow]:
    """The newest reading of each gauge.

    As on the screen: a training has to learn before it can collapse, so what was never within its bound counts from
    halfway on. Where the recipe does not say how long that is, it counts.
    """
    read = [line for line in lines if "gauges" in line]
    if not read:
        return []
    step = number(read[-1].get("step"))
    late = steps is None or step is None or step >= steps / 2
    well = {
        text(gauge.get("name"))
        for line in read
        for gauge in folder.mappings(line["gauges"], "gauges")
        if gauge.get("healthy")
    }
    return [_row(folder, gauge, late, well) for gauge in folder.mappings(read[-1]["gauges"], "gauges")]


def _row(folder: FolderReader, gauge: Mapping[str, Any], late: bool, well: set[str]) -> GaugeRow:
    name, value, healthy = text(gauge.get("name")), folder.measured(gauge.get("value"), "gauges"), gauge.get("healthy")
    if value is None:
        state, note = "not applicable", text(gauge.get("reason"))
    elif healthy is None:
        state, note = "for information", ""
    elif healthy:
        state, note = "healthy", ""
    elif late or name in well:
        state, note = PAST, text(gauge.get("advice"))
    else:
        state, note = NOT_YET, "A training has to learn before it can collapse: this counts from halfway on."
    return GaugeRow(name, "" if value is None else f"{value:.2f}", text(gauge.get("bound")), state, note)
