"""What an explanation was asked and what it found, for telling two of them apart by their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEPTHS = ("off", "quick", "full")
"""Levels of a card, the least first."""

_COMPONENTS = ("explainer", "score", "unit")

_FOUND = ("status", "null", "values", "additive", "maps")


def question(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Explainer, score, unit and baseline with all their options, whatever the entries were called.

    None where the record does not say.
    """
    asked: dict[str, Any] = {"baseline": record.get("baseline")}
    for key in _COMPONENTS:
        chosen = record.get(key)
        if not isinstance(chosen, Mapping):
            return None
        asked[key] = {option: value for option, value in chosen.items() if option != "id"}
    return asked


def same_finding(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two records hold the same figures, to the last bit: then the card of one is the card of the other."""
    return all(one.get(key) == other.get(key) for key in _FOUND) and _own(one) == _own(other)


def card_costs(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of the provenance tells of the card."""
    return {key: value for key, value in (record.get("provenance") or {}).items() if key.startswith("card_")}


def _own(record: Mapping[str, Any]) -> dict[str, Any]:
    found = record.get("provenance") or {}
    return {key: value for key, value in found.items() if not key.startswith("card_")}
