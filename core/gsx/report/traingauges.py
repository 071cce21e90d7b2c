"""The newest reading of each gauge of a training, and whether it is a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, number
from gsx.report.text import text

PAST, NOT_YET = "past its bound", "not yet within its bound"

MEANINGS: Mapping[str, str] = {
    "style retrieval": "Share of results that are closer to their own style than to any other held-out style.",
    "diversity": "How far results of one content in different styles lie apart: 0 is one picture for every style.",
    "strength order": "Whether more strength brings a result closer to its style: -1 is closer at every step, 1 is "
    "farther at every step.",
    "discriminator loss": "The discriminator's largest loss of late, where 1 is what guessing would cost it: near 0 it "
    "is sure of everything and teaches nothing.",
    "discriminator accuracy": "Share of patches that the discriminator tells rightly, painting or result: 0.5 is "
    "guessing.",
    "discriminator gap": "How much more often the discriminator takes patches for real in paintings that it was "
    "trained on than in others: a large gap is learning by heart.",
}
"""Name -> what the gauge means; here and not in metrics.jsonl, so that the page of an older training has it too."""


@dataclass(frozen=True)
class GaugeRow:
    """The last reading of one gauge.

    ``state``: healthy, :data:`PAST`, :data:`NOT_YET`, for information, or not applicable. ``meaning``: of the gauge, in
    one sentence; empty where it is not known. Without a value it may be past its bound all the same, where results
    are no numbers: ``note`` then is the reason.
    """

    name: str
    value: str
    bound: str
    state: str
    note: str
    meaning: str


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
    reason = text(gauge.get("reason"))
    if value is None and (healthy is not False or not reason):
        state, note = "not applicable", reason
    elif healthy is None:
        state, note = "for information", ""
    elif healthy:
        state, note = "healthy", ""
    elif late or name in well:
        state, note = PAST, text(gauge.get("advice"))
    else:
        state, note = NOT_YET, "A training has to learn before it can collapse: this counts from halfway on."
    shown, note = ("", reason) if value is None else (f"{value:.2f}", note)
    return GaugeRow(name, shown, text(gauge.get("bound")), state, note, MEANINGS.get(name, ""))
