"""JSON Schema of a recipe, for what is installed."""

from __future__ import annotations

from typing import Any

from gsx.recipe.defaults import COMPONENT_SECTIONS, LIST_SECTIONS
from gsx.recipe.resolve import BASELINES
from gsx.recipe.sections import InputSection, RunSection
from gsx.specs.chosen import Catalog, Offer

KIND_OF_SECTION = {"adversarial": "loss"}
"""Sections whose components are of a kind of another name."""


def recipe_schema(catalog: Catalog) -> dict[str, Any]:
    """A schema that accepts exactly the installed components with their own options."""
    kinds = {kind: list(catalog.offers(kind)) for kind in (
        "extractor", "fusion", "generator", "discriminator", "loss", "score", "unit", "explainer", "metric")}
    definitions: dict[str, Any] = {}
    for kind, offers in kinds.items():
        for offer in offers:
            definitions[f"{kind}.{offer.spec.name}"] = _component(kind, offer)
    properties: dict[str, Any] = {
        "input": InputSection.model_json_schema(),
        "run": RunSection.model_json_schema(),
    }
    for section in (*COMPONENT_SECTIONS, *LIST_SECTIONS):
        kind = KIND_OF_SECTION.get(section, section)
        role = {"adversarial": "adversarial", "loss": "term"}.get(section)
        names = [
            offer.spec.name for offer in kinds[kind] if role is None or offer.spec.role == role
        ]
        union: dict[str, Any] = {"oneOf": [{"$ref": f"#/$defs/{kind}.{name}"} for name in names]}
        if section == "generator":
            union["oneOf"].append({"type": "object", "properties": {"name": {"const": "auto"}}})
        properties[section] = {"type": "array", "items": union} if section in LIST_SECTIONS else union
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GSX recipe",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def _component(kind: str, offer: Offer[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = offer.spec.options.model_json_schema()
    options = dict(schema.get("properties", {}))
    extra: dict[str, Any] = {"name": {"const": offer.spec.name}, "id": {"type": "string"}}
    if kind == "loss":
        extra |= {"weight": {"type": "number"}, "schedule": {"type": ["string", "null"]}}
    if kind == "explainer":
        named = {"type": ["string", "object"]}
        extra |= {"score": named, "unit": named, "baseline": {"enum": list(BASELINES)}}
    return {
        **({"$defs": schema["$defs"]} if "$defs" in schema else {}),
        "type": "object",
        "description": offer.spec.summary,
        "properties": {**extra, **options},
        "required": ["name"],
        "additionalProperties": False,
    }
