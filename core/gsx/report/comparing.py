"""What a map and the same map for another style say together: pattern, strength and sign, none alone."""

from __future__ import annotations

from gsx.report.formats import figure

Extremes = tuple[float | None, float | None]
"""A map's least and largest value."""

_PATTERNS = (
    (0.9, "rises and falls in nearly the same places as this one"),
    (0.6, "rises and falls in similar places as this one"),
    (0.3, "rises and falls in partly the same places as this one"),
    (-0.3, "rises and falls in places that have little to do with this one's"),
    (-1.1, "rises where this one falls"),
)
"""Correlation from which on, and what it says of where the two maps are higher and lower."""

_SAME, _EQUAL = 0.9, 0.2
"""Correlation from which on two maps are nearly one, and how far from 1 their ratio of magnitudes may then be."""

_PALE = 0.05
"""A map is not clearly of a sign where that side reaches only this share of the other."""


def reading(correlation: float | None, ratio: float | None) -> str:
    """What the other map does, to follow "the map": its pattern, then its strength; "" where neither is known."""
    parts = []
    if correlation is not None:
        parts.append(next(words for least, words in _PATTERNS if correlation >= least))
    if ratio is not None:
        near = abs(ratio - 1) < 0.1
        parts.append("is about as strong in all" if near else f"is {figure(ratio, 2)} times as strong in all")
    return " and ".join(parts)


def figures(correlation: float | None, ratio: float | None) -> str:
    """The two figures behind :func:`reading`."""
    pairs = (("correlation r", correlation), ("ratio of magnitudes", ratio))
    return ", ".join(f"{name} = {figure(value, 2)}" for name, value in pairs if value is not None)


def verdict(correlation: float | None, ratio: float | None, own: Extremes, other: Extremes) -> str:
    """What follows from pattern, strength and sign together, as a sentence; "" where nothing safe does."""
    if correlation is None:
        return ""
    if correlation >= _SAME:
        if ratio is None:
            return "How strong the other map is beside this one was not recorded."
        return "So this map says little about this style in particular." if abs(ratio - 1) <= _EQUAL else ""
    colour = next((name for name, side in (("blue", 1.0), ("red", -1.0)) if _lacks(own, side, other)), "")
    if not colour:
        return ""
    return (
        f"Neither map is clearly {colour} anywhere, so the two agree in sign; "
        "r compares only where each is stronger and weaker."
    )


def _lacks(own: Extremes, side: float, other: Extremes) -> bool:
    """Whether both maps stay on one ``side`` of zero (1: positive)."""
    for low, high in (own, other):
        if low is None or high is None:
            return False
        most, least = sorted((side * low, side * high), reverse=True)
        if most <= 0 or least < -_PALE * most:
            return False
    return True
