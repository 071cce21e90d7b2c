"""A rule for explainers: what was planted is found."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gsx.explaining.probe import PipelineProbe
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.explanation import Explanation
from gsx.specs.interfaces import Address
from gsx.specs.kinds import UnitSpec
from gsx.testing.checks.probing import Score, units_of
from gsx.testing.compare import require
from gsx.testing.pictures import picture
from gsx.testing.pipeline import toy_pipeline
from gsx.testing.subject import Subject

SPOT = (slice(24, 40), slice(8, 24))
"""Rows and columns of the red spot, in pixels of a picture of 48 by 40; no mirroring leaves it where it is."""

ROUNDING = 1e-5
"""A share of the largest value: what a part without effect may have, and by how much equal places may differ."""


def finds_a_planted_signal(subject: Subject) -> None:
    """Where the score reads one spot or channel alone, its largest value lies there, of that sign, or it says null."""
    for unit in units_of(subject):
        chosen = unit.load()(unit.options())
        if unit.positions and unit.role(unit.options()) == "style":
            continue  # where the style's spot ends up in the result is the fusion's affair
        pipeline = toy_pipeline()
        content = 0.2 + 0.1 * picture(1, seed=1)
        content[:, 0, SPOT[0], SPOT[1]] += 0.6
        with torch.no_grad():
            outputs = pipeline(content, picture(1, seed=2))
        outputs.mask = torch.zeros_like(content[:, :1])
        outputs.mask[:, :, SPOT[0], SPOT[1]] = 1
        place = chosen.addresses(pipeline.layout)[0]
        score = _spot(place) if unit.positions else _first_channel(place)
        probe = PipelineProbe(pipeline, outputs, score, chosen, baseline="zero")
        found = subject.component().explain(probe)
        if not found.null:
            (_require_spot if unit.positions else _require_parts)(found, unit, probe)


def _read(outputs: PassOutputs, place: Address) -> Tensor:
    """The result's map at a unit's place, or the result itself: ``(N, C, h, w)``."""
    if place.role == "stylized" and place.path in outputs.layout:
        return outputs.stylized_maps[place.path]
    return outputs.stylized


def _in_spot(shape: Sequence[int]) -> tuple[slice, slice]:
    """The spot on a map of that height and width."""
    rows, columns = ((part.start * side, part.stop * side) for part, side in zip(SPOT, shape, strict=True))
    return slice(rows[0] // 48, -(-rows[1] // 48)), slice(columns[0] // 40, -(-columns[1] // 40))


def _spot(place: Address) -> Score:
    def score(outputs: PassOutputs) -> Tensor:
        own = _read(outputs, place)[:, 0]
        rows, columns = _in_spot(own.shape[-2:])
        return own[:, rows, columns].mean((1, 2))

    return score


def _first_channel(place: Address) -> Score:
    return lambda outputs: _read(outputs, place)[:, 0].mean((1, 2))


def _require_spot(found: Explanation, unit: UnitSpec, probe: PipelineProbe) -> None:
    if not found.maps:
        return
    name, heat = next(iter(found.maps.items()))
    values = heat.values[0].abs()
    rows, columns = _in_spot(values.shape)
    inside = torch.zeros_like(values, dtype=torch.bool)
    inside[rows, columns] = True
    # A map of bands or superpixels has its largest value at many places: some of them have to lie in the spot.
    row, column = divmod(int(values.argmax()), values.shape[1])
    where = f"largest at row {row}, column {column}"
    if bool(values.min() == values.max()):
        where = "the same everywhere"
    require(
        bool(values[inside].max() >= (1 - ROUNDING) * values.max()) and bool(values.min() < values.max()),
        f"over unit {unit.name!r} map {name!r} is {where}; the score reads rows {rows.start} to {rows.stop - 1}, "
        f"columns {columns.start} to {columns.stop - 1} alone",
    )
    if heat.quantity == "score":
        raises = float(heat.values[0][inside].sum()) > 0
        require(raises, f"over unit {unit.name!r} map {name!r} is negative at the spot, whose red raises the score")


def _require_parts(found: Explanation, unit: UnitSpec, probe: PipelineProbe) -> None:
    names, size = probe.space.names, probe.space.size
    signed = {value.unit: value.score_change for row in found.values for value in row if value.unit in names}
    if not signed:
        return
    values = {name: abs(value) for name, value in signed.items()}
    alone = (probe.base - probe.values((1 - torch.eye(size)).reshape(size, *probe.space.shape)).scores)[:, 0]
    truth = {name: change for name, change in zip(names, alone.tolist(), strict=True) if change}
    largest = max(values, key=lambda name: values[name])
    require(
        largest in truth,
        f"over unit {unit.name!r} its largest value is that of {largest}; the score changes with "
        f"{', '.join(sorted(truth)[:3])} alone",
    )
    require(
        signed[largest] * truth[largest] > 0,
        f"over unit {unit.name!r} it gives {largest} {signed[largest]:.3g}, and without it the score changes by "
        f"{-truth[largest]:.3g}; what raises the score has a positive value",
    )
    loud = [name for name in values if name not in truth and values[name] > ROUNDING * values[largest]]
    require(not loud, f"over unit {unit.name!r} it gives {', '.join(loud[:3])} a value, which the score does not read")
