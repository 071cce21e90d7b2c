"""The words and rows of an explanation: checked before a page, a screen or a file relies on them."""

from __future__ import annotations

from typing import get_args

from gsx.errors import PluginError
from gsx.specs.explanation import Explanation, Quantity


def check_form(explanation: Explanation, name: str, count: int) -> None:
    """Refuse an explanation of ``count`` samples whose maps' meaning, answers or rows are not of their types.

    Raises:
        PluginError: which of them, and what was expected.
    """
    for key, heat in explanation.maps.items():
        if heat.quantity not in get_args(Quantity):
            raise PluginError(
                f"explainer {name!r}: map {key!r} shows {heat.quantity!r}, expected one of "
                f"{', '.join(get_args(Quantity))}."
            )
        if heat.says is not None and not _texts(heat.says, 3):
            raise PluginError(f"explainer {name!r}: map {key!r} has to say three things as text, or None.")
    if explanation.answers and not _texts(explanation.answers, count):
        raise PluginError(f"explainer {name!r}: answers have to be one text per sample, {count} here.")
    if len(explanation.beside) not in (0, count):
        raise PluginError(
            f"explainer {name!r}: beside has rows for {len(explanation.beside)} samples, expected {count}."
        )


def _texts(found: object, count: int) -> bool:
    return isinstance(found, (tuple, list)) and len(found) == count and all(isinstance(one, str) for one in found)
