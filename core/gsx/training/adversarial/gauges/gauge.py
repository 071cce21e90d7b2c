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

    def alarm(self) -> str:
        """What is said where it is past its bound."""
        if self.value is None:
            return f"{self.name} has no reading: {self.reason}."
        return f"{self.name} is {self.value:.2f}, and should be {self.bound}. {self.advice}"


def not_applicable(name: str, reason: str) -> Gauge:
    """A gauge that has no reading here."""
    return Gauge(name, None, reason=reason)


def broken(name: str) -> Gauge:
    """A gauge of results that are no numbers: past every bound."""
    return Gauge(name, None, False, reason="the results are NaN or infinite")
