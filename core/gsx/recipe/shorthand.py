"""``score = "gram@relu3_1,relu4_1"``: a component and its layers in one word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def expand(text: str) -> dict[str, Any]:
    """The table that a word stands for.

    Example:
        >>> expand("style@relu3_1,relu4_1")
        {'name': 'style', 'layers': ['relu3_1', 'relu4_1']}
        >>> expand("style")
        {'name': 'style'}
    """
    name, at, layers = text.partition("@")
    return {"name": name, **({"layers": [layer.strip() for layer in layers.split(",")]} if at else {})}


def component_names(values: Sequence[str]) -> list[str]:
    """``["a,b", "c"]`` -> ``["a", "b", "c"]``; ``["none"]`` -> ``[]``."""
    found = [name.strip() for value in values for name in value.split(",") if name.strip()]
    return [] if found == ["none"] else found
