"""The pictures and figures of heat maps: a map, the same for another style, and the difference of the two."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from torch import Tensor

from gsx.explaining.view import in_cells, overlay, scale_of
from gsx.images import save_png
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.explanation import Explanation, HeatMap

_DONE = {True: "summed", False: "averaged"}
"""What was done over cells, by whether the map adds up."""


def write_maps(
    place: Path,
    explanation: Explanation,
    contrast: Explanation | None,
    other_name: str,
    outputs: PassOutputs,
    tensors: dict[str, Tensor],
) -> list[dict[str, Any]]:
    """Lay each map over its picture, write the pictures to ``place``, and return the records.

    Pictures, scales and extremes are of the map in cells, where it is finer than an eye makes out: summed over them
    where the map adds up, averaged where not. Tensors, sums and correlations are of the map itself.

    Args:
        contrast: the explanation for another style, called ``other_name``.
        tensors: gets the raw values.
    """
    records = []
    for key, heat in explanation.maps.items():
        values, picture = heat.values[0], getattr(outputs, heat.on)[0]
        shown, cell = in_cells(values, mean=not heat.adds_up)
        scale, stem = scale_of(shown), re.sub(r"[^A-Za-z0-9._-]+", "_", key)
        tensors[key] = heat.values
        save_png(overlay(shown, picture, scale), place / f"{stem}.png")
        record: dict[str, Any] = {
            "name": key,
            "label": heat.label if cell == 1 else f"{heat.label}, {_DONE[heat.adds_up]} over cells of {cell} × {cell}",
            "on": heat.on,
            "quantity": heat.quantity,
            "adds_up": heat.adds_up,
            "says": list(heat.says) if heat.says else None,
            "picture": f"{stem}.png",
            "scale": scale,
            **_extremes(shown),
            "shape": list(values.shape),
            "sum": values.sum().item(),
            "positive_share": _positive_share(values),
            "ninths": {"positive": _ninths(values.clamp_min(0)), "negative": _ninths(-values.clamp_max(0))},
        }
        if contrast is not None and comparable(heat):
            record["contrast"] = {"style": other_name, "null": contrast.null, "null_reason": contrast.null_reason}
            if key in contrast.maps:
                tensors[f"{key}.contrast"] = contrast.maps[key].values
                tensors[f"{key}.difference"] = heat.values - contrast.maps[key].values
                against = contrast.maps[key].values[0]
                record["contrast"] |= _compared(place, stem, heat, against, picture, scale)
        records.append(record)
    return records


def comparable(heat: HeatMap) -> bool:
    """Whether the same map for another style can be held against it.

    How much the picture changes is not asked of any style; and a map on the style would lie on the other's picture.
    """
    return heat.quantity != "picture" and heat.on != "style"


def _compared(place: Path, stem: str, heat: HeatMap, against: Tensor, picture: Tensor, scale: float) -> dict[str, Any]:
    """The other style's map in the same scale; the difference, in its own, says what speaks for one style only."""
    values = heat.values[0]
    other, difference = (in_cells(one, mean=not heat.adds_up)[0] for one in (against, values - against))
    own_scale, magnitude = scale_of(difference), values.abs().sum().item()
    save_png(overlay(other, picture, scale), place / f"{stem}-contrast.png")
    save_png(overlay(difference, picture, own_scale), place / f"{stem}-difference.png")
    return {
        "picture": f"{stem}-contrast.png",
        **_extremes(other),
        "correlation": _correlation(values, against),
        "magnitude_ratio": against.abs().sum().item() / magnitude if magnitude else None,
        "difference": {"picture": f"{stem}-difference.png", "scale": own_scale, **_extremes(difference)},
    }


def _extremes(values: Tensor) -> dict[str, float]:
    return {"minimum": values.min().item(), "maximum": values.max().item()}


def _positive_share(values: Tensor) -> float | None:
    total = values.abs().sum().item()
    return values.clamp_min(0).sum().item() / total if total else None


def _ninths(values: Tensor) -> list[float]:
    """Sums over a three by three grid, row by row."""
    return [cell.sum().item() for row in values.tensor_split(3) for cell in row.tensor_split(3, dim=1)]


def _correlation(one: Tensor, other: Tensor) -> float | None:
    """Pearson correlation over positions; None where either map is constant."""
    one, other = one.flatten() - one.mean(), other.flatten() - other.mean()
    norm = (one.norm() * other.norm()).item()
    return (one @ other).item() / norm if norm else None
