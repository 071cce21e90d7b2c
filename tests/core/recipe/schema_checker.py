"""As much of JSON Schema 2020-12 as our schema uses; a keyword that is not known here fails loudly."""

from __future__ import annotations

import re
from typing import Any

TYPES: dict[str, Any] = {
    "object": dict,
    "array": (list, tuple),
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}
NOTES = {"$defs", "$schema", "title", "description", "default"}


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "recipe") -> list[str]:
    """Why a value does not fit a schema; empty where it does."""
    root = root or schema
    found: list[str] = []
    for keyword, rule in schema.items():
        if keyword in NOTES:
            continue
        found += [f"{at}: {why}" if why else at for why in _check(keyword, rule, value, schema, root, at)]
    return found


def _check(keyword: str, rule: Any, value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> list[str]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match keyword:
        case "$ref":
            target = root
            for step in rule.removeprefix("#/").split("/"):
                target = target[step]
            return problems(value, target, root, at)
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            kinds = ["boolean" for kind in kinds if kind == "boolean"] if isinstance(value, bool) else kinds
            fits = any(isinstance(value, TYPES[kind]) for kind in kinds)
            return [] if fits else [f"{value!r} is no {rule}"]
        case "const":
            return [] if value == rule else [f"{value!r} is not {rule!r}"]
        case "enum":
            return [] if value in rule else [f"{value!r} is none of {rule}"]
        case "oneOf" | "anyOf":
            fitting = sum(not problems(value, part, root, at) for part in rule)
            return [] if fitting == 1 or (fitting and keyword == "anyOf") else [f"fits {fitting} of {len(rule)}"]
        case "properties" if isinstance(value, dict):
            return [why for key, part in rule.items() if key in value for why in problems(value[key], part, root, key)]
        case "required" if isinstance(value, dict):
            return [f"lacks {key}" for key in rule if key not in value]
        case "additionalProperties" if isinstance(value, dict):
            others = {key: value[key] for key in value if key not in schema.get("properties", {})}
            if isinstance(rule, dict):
                return [why for key, one in others.items() for why in problems(one, rule, root, key)]
            return [] if rule else [f"has {key}" for key in others]
        case "items" if isinstance(value, (list, tuple)):
            if rule is False:
                return []
            start = len(schema.get("prefixItems", ()))
            return [why for one in value[start:] for why in problems(one, rule, root, at)]
        case "prefixItems" if isinstance(value, (list, tuple)):
            return [why for one, part in zip(value, rule, strict=False) for why in problems(one, part, root, at)]
        case "minItems" if isinstance(value, (list, tuple)):
            return [] if len(value) >= rule else [f"has {len(value)}"]
        case "maxItems" if isinstance(value, (list, tuple)):
            return [] if len(value) <= rule else [f"has {len(value)}"]
        case "minimum" if number:
            return [] if value >= rule else [f"{value} < {rule}"]
        case "maximum" if number:
            return [] if value <= rule else [f"{value} > {rule}"]
        case "exclusiveMinimum" if number:
            return [] if value > rule else [f"{value} <= {rule}"]
        case "multipleOf" if number:
            return [] if value % rule == 0 else [f"{value} is no multiple of {rule}"]
        case "exclusiveMaximum" if number:
            return [] if value < rule else [f"{value} >= {rule}"]
        case "pattern" if isinstance(value, str):
            return [] if re.search(rule, value) else [f"{value!r} does not match {rule}"]
        case (
            "properties"
            | "required"
            | "additionalProperties"
            | "items"
            | "prefixItems"
            | "minItems"
            | "maxItems"
            | "minimum"
            | "maximum"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "multipleOf"
            | "pattern"
        ):
            return []
    raise AssertionError(f"the checker does not know {keyword!r}")
