"""Heat maps as plain data, for the page."""

from __future__ import annotations

from dataclasses import dataclass

from gsx.report.folder import Picture


@dataclass(frozen=True)
class Difference:
    """The map less the one for another style, on a scale of its own. ``none``: the two are equal everywhere."""

    picture: Picture | None
    scale: str
    none: bool


@dataclass(frozen=True)
class Contrast:
    """The same map for another style. ``picture`` is None where there is nothing to show; ``reason`` says why."""

    style: str
    picture: Picture | None
    reason: str
    reading: str
    figures: str
    verdict: str
    clipped: bool
    difference: Difference | None


@dataclass(frozen=True)
class HeatView:
    """A map over a picture.

    ``quantity``: what its numbers are, ``score``, ``picture`` or ``other``. ``says``: what negative, zero and positive
    values say of a place. ``one_sided``: it has no negative values, and no meaning for them.
    """

    label: str
    on: str
    quantity: str
    says: tuple[str, str, str]
    one_sided: bool
    picture: Picture | None
    scale: str
    sentence: str
    facts: list[tuple[str, str]]
    contrast: Contrast | None
