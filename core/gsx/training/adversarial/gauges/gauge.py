"""Gauge: one reading, with its bound and what to try where it is past it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    """One reading.

    Args:
        name: as in metrics.jsonl.
        value: None where it does not apply, with the ``reason``; never 0 instead.
        healthy: within its bound; None where it does not apply or has none.
        bound: the bound in words, such as ``at least 0.4``.
        advice: what to try where it is past its bound.
    """

    name: str
    value: float | None
    healthy: bool | None = None
    bound: str = ""
    advice: str = ""
    reason: str = ""


NOT_FINITE = "the results are NaN or infinite"
"""Why a gauge has no reading of a generator that is broken."""


def not_applicable(name: str, reason: str) -> Gauge:
    """A gauge that has no reading here."""
    return Gauge(name, None, reason=reason)
