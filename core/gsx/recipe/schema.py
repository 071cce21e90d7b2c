"""JSON Schema of a recipe, for what is installed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gsx.errors import PluginError
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.defaults import COMPONENT_SECTIONS, LIST_SECTIONS, defaults
from gsx.recipe.resolve import BASELINES, CARD_LEVELS
from gsx.recipe.sections import AdversarialWeightSection, InputSection, RunSection, WeightSection
from gsx.recipe.train_section import TrainSection
from gsx.recipe.validate import json_schema
from gsx.specs.chosen import Catalog, Offer

KIND_OF_SECTION = {"adversarial": "loss"}
"""Sections whose components are of a kind of another name."""

_ROLE_OF_SECTION = {"adversarial": "adversarial", "loss": "term"}
_OPTIONAL_SECTIONS = ("discriminator", "adversarial")
_KINDS = ("extractor", "fusion", "generator", "discriminator", "loss", "score", "unit", "explainer", "metric")


def recipe_schema(catalog: Catalog) -> dict[str, Any]:
    """A schema that accepts exactly the installed components with their own options.

    A component whose options model cannot be built is left out: it costs only itself.
    """
    definitions: dict[str, Any] = {}
    offers: dict[str, list[tuple[str, Offer[Any]]]] = {kind: [] for kind in _KINDS}
    for kind in _KINDS:
        found = list(catalog.offers(kind))
        counts = Counter(offer.spec.name for offer in found)
        for offer in found:
            names = [f"{offer.distribution}:{offer.spec.name}"]
            if counts[offer.spec.name] == 1:
                names.insert(0, offer.spec.name)
            try:
                definitions[f"{kind}.{names[0]}"] = _component(kind, offer, names)
            except PluginError:
                continue
            offers[kind].append((names[0], offer))
    properties: dict[str, Any] = {
        "input": InputSection.model_json_schema(),
        "run": RunSection.model_json_schema(),
        "bench": BenchSection.model_json_schema(),
        "train": TrainSection.model_json_schema(ref_template="#/properties/train/$defs/{model}"),
    }
    for section in (*COMPONENT_SECTIONS, *LIST_SECTIONS):
        kind, role = KIND_OF_SECTION.get(section, section), _ROLE_OF_SECTION.get(section)
        names = [name for name, offer in offers[kind] if role is None or offer.spec.role == role]
        union: dict[str, Any] = {"oneOf": [{"$ref": f"#/$defs/{kind}.{name}"} for name in names]}
        if section == "generator":
            union["oneOf"].append({"type": "object", "properties": {"name": {"const": "auto"}}})
        if section in _OPTIONAL_SECTIONS:
            union["oneOf"].append(
                {"type": "object", "properties": {"name": {"type": "null"}}, "additionalProperties": False}
            )
        properties[section] = {"type": "array", "items": union} if section in LIST_SECTIONS else union
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GSX recipe",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def _component(kind: str, offer: Offer[Any], names: list[str]) -> dict[str, Any]:
    # References inside an options model lead to its own definitions, which lie inside this one.
    schema = json_schema(
        offer.spec.options,
        where=f"{kind} {names[0]!r}",
        ref_template=f"#/$defs/{kind}.{names[0]}/$defs/{{model}}",
    )
    extra: dict[str, Any] = {"name": {"enum": names}, "id": {"type": "string"}}
    if kind == "loss":
        section = AdversarialWeightSection if offer.spec.role == "adversarial" else WeightSection
        extra |= section.model_json_schema()["properties"]
    if kind == "explainer":
        named = {"type": ["string", "object"]}
        extra |= {
            "score": named,
            "unit": named,
            "baseline": {"enum": list(BASELINES)},
            "card": {"enum": list(CARD_LEVELS)},
        }
    default = defaults().get(kind)
    may_omit_name = isinstance(default, dict) and default["name"] in names
    return {
        **({"$defs": schema["$defs"]} if "$defs" in schema else {}),
        "type": "object",
        "description": offer.spec.summary,
        "properties": {**extra, **schema.get("properties", {})},
        "required": [] if may_omit_name else ["name"],
        "additionalProperties": False,
    }
