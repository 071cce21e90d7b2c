"""What a generator's file says of itself, in its header: enough to build everything around it again."""

from __future__ import annotations

import json
from typing import Any

from gsx.recipe import Recipe
from gsx.specs.chosen import Chosen
from gsx.training.adversarial.networks import Networks
from gsx.weights.choose import map_options


def generator_header(recipe: Recipe, networks: Networks, judge: Chosen[Any] | None = None) -> dict[str, Any]:
    """As :class:`~gsx.weights.header.GeneratorHeader` reads it; ``judge``: the discriminator, where the file has it."""
    generator = recipe.parts.generator.canonical()
    return {
        "generator": {key: value for key, value in generator.items() if key != "weights"},
        "discriminator": judge.canonical() if judge is not None else None,
        "levels": list(networks.levels),
        "extractor": recipe.parts.extractor.name,
        "extractor_sha256": networks.extractor_file.sha256 if networks.extractor_file else None,
        "extractor_options": map_options(recipe.parts.extractor),
        "fusion": recipe.parts.fusion.canonical(),
    }


def generator_strings(recipe: Recipe, networks: Networks, judge: Chosen[Any] | None = None) -> dict[str, str]:
    """The same as the strings of a safetensors file."""
    return {"gsx.generator": json.dumps(generator_header(recipe, networks, judge), sort_keys=True)}
