"""What an explainer returns: checked before a page, a screen or a file relies on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import get_args

import torch
from torch import Tensor

from gsx.errors import PluginError
from gsx.specs.explanation import Explanation, HeatMap, Quantity, UnitValue
from gsx.specs.kinds import Role


def check_form(explanation: Explanation, name: str, count: int) -> None:
    """Refuse an explanation of ``count`` samples whose maps, rows or words are not what they have to be.

    Raises:
        PluginError: which of them, and what was expected.
    """
    if not isinstance(explanation.maps, Mapping):
        raise PluginError(f"explainer {name!r}: maps have to be a dict, not {type(explanation.maps).__name__}.")
    for key, heat in explanation.maps.items():
        problem = _map_problem(heat, count)
        if problem:
            raise PluginError(f"explainer {name!r}: map {key!r} {problem}.")
    if explanation.answers and not _texts(explanation.answers, count):
        raise PluginError(f"explainer {name!r}: answers have to be one text per sample, {count} here.")
    for part in ("values", "beside"):
        samples = getattr(explanation, part)
        if len(samples) not in (0, count):
            raise PluginError(f"explainer {name!r}: {part} has rows for {len(samples)} samples, expected {count}.")
        for row in (row for rows in samples for row in rows):
            problem = _row_problem(row)
            if problem:
                raise PluginError(f"explainer {name!r}: a row of {part} {problem}.")


def _map_problem(heat: object, count: int) -> str:
    if not isinstance(heat, HeatMap) or not isinstance(heat.values, Tensor):
        given = heat.values if isinstance(heat, HeatMap) else heat
        return f"holds {type(given).__name__}, expected a HeatMap of a tensor"
    if heat.values.ndim != 3 or len(heat.values) != count or not heat.values.numel():
        return f"has shape {tuple(heat.values.shape)}, expected ({count}, h, w)"
    if heat.values.is_complex():
        return "holds complex numbers, expected real ones"
    if not torch.isfinite(heat.values).all():
        return "holds NaN or infinite numbers"
    if heat.on not in get_args(Role):
        return f"lies on {heat.on!r}, expected one of {', '.join(get_args(Role))}"
    if heat.quantity not in get_args(Quantity):
        return f"shows {heat.quantity!r}, expected one of {', '.join(get_args(Quantity))}"
    if heat.says is not None and not _texts(heat.says, 3):
        return "has to say three things as text, or None"
    return ""


def _row_problem(row: object) -> str:
    if not isinstance(row, UnitValue) or not isinstance(row.unit, str):
        return f"is {row!r}, expected a UnitValue with a name"
    numbers = {"score_change": row.score_change, **row.figures}
    if row.image_change is not None:
        numbers["image_change"] = row.image_change
    for key, number in numbers.items():
        if not isinstance(number, (int, float)) or not math.isfinite(number):
            return f"({row.unit!r}) has {key} {number!r}, expected a finite number"
    return ""


def _texts(found: object, count: int) -> bool:
    return isinstance(found, (tuple, list)) and len(found) == count and all(isinstance(one, str) for one in found)
