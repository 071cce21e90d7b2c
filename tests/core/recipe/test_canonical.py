"""The canonical recipe, the fingerprint and the schema."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import create_model

from gsx.api import FusionSpec, Options
from gsx.pipeline.load import load
from gsx.recipe import Recipe, resolve
from gsx.recipe.schema import recipe_schema
from gsx.specs.chosen import Offer

from .schema_checker import problems

RICH: dict[str, Any] = {
    "fusion": {"name": "weighted-sum", "alpha": 0.3, "weights": {"relu4_1": 0.7, "relu3_1": 0.3}, "align": "swap"},
    "generator": {"name": "pixels", "iterations": 5},
    "discriminator": {"name": "patchgan", "norm": "instance"},
    "adversarial": {"name": "wgan-gp", "gp_weight": 5, "weight": 0.5},
    "loss": [{"name": "content", "weight": 1}, {"name": "gram", "id": "deep", "layers": ["relu4_1"], "weight": 1e3}],
    "explainer": [
        {"name": "gradcam", "score": "style@relu3_1", "baseline": "zero", "card": "full"},
        {"name": "ablation", "score": "loss:gram@relu4_1", "unit": {"name": "channels", "layer": "relu2_1"}},
        {"name": "gradcam", "id": "second", "score": {"name": "region", "statistic": "contrast"}},
    ],
    "metric": [{"name": "style-distance", "layers": ["relu1_1"]}, {"name": "ssim"}],
    "input": {"content": "a.png"},
    "run": {"size": 64, "device": "cpu", "seed": 3},
}


def again(recipe: Recipe, catalog: Any) -> Recipe:
    """The recipe that its own canonical form, through JSON, gives."""
    return resolve(json.loads(json.dumps(recipe.canonical())), catalog)


@pytest.mark.parametrize("tables", [{}, RICH, {"run": {"strength": 0.3}}, {"explainer": [], "metric": []}])
def test_canonical_gives_the_same_recipe(make, catalog, tables: dict[str, Any]):
    recipe = make(tables)
    twin = again(recipe, catalog)
    assert twin.canonical() == recipe.canonical()
    assert twin.fingerprint({}) == recipe.fingerprint({})
    assert twin.parts == recipe.parts


@settings(max_examples=40, deadline=None)
@given(strength=st.floats(0, 1), fusion=st.sampled_from(["adain", "weighted-sum", "content"]), seed=st.integers(0, 9))
def test_canonical_gives_the_same_recipe_at_any_strength(strength: float, fusion: str, seed: int):
    tables = {"fusion": {"name": fusion}, "run": {"strength": strength, "seed": seed}}
    recipe = load(tables=tables).recipe
    twin = load(tables=json.loads(json.dumps(recipe.canonical()))).recipe
    assert twin.canonical() == recipe.canonical()


def test_canonical_spells_out_every_option(make):
    written = make(RICH).canonical()
    assert written["fusion"]["projection"] == "fitted"
    assert written["explainer"][0]["score"] == {
        "name": "style",
        "layers": ["relu3_1"],
        "statistic": "mean-std",
        "relative": False,
    }
    assert written["explainer"][1]["id" if "id" in written["explainer"][1] else "name"] == "ablation"
    assert written["loss"][1]["id"] == "deep"
    assert written["adversarial"]["weight"] == 0.5


def test_the_fingerprint_knows_what_determines_the_result(make):
    base = make(RICH).fingerprint({"extractor": "a" * 64})

    def changed(path: str, value: Any, weights: str = "a") -> bool:
        tables = copy.deepcopy(RICH)
        section, option = path.split(".")
        tables.setdefault(section, {})[option] = value
        return make(tables).fingerprint({"extractor": weights * 64}) != base

    assert not changed("input.content", "b.png")
    assert not changed("input.style", "c.png")
    assert not changed("run.device", "cuda:1")
    assert not changed("run.budget", 64)  # how much at once, not what
    assert not changed("extractor.weights", "/some/path.safetensors")  # the hash is what counts
    assert not changed("generator.iterations", 5)
    assert changed("generator.iterations", 6)
    assert changed("generator.iterations", 5, weights="b")
    assert changed("fusion.alpha", 0.31)
    assert changed("run.size", 65)
    assert changed("run.seed", 4)


def test_the_fingerprint_knows_versions(make):
    recipe = make(RICH)
    fusion = replace(recipe.parts.fusion, version="99")
    newer = replace(recipe, parts=replace(recipe.parts, fusion=fusion))
    assert newer.canonical() == recipe.canonical()
    assert newer.fingerprint({}) != recipe.fingerprint({})
    elsewhere = replace(recipe, parts=replace(recipe.parts, fusion=replace(recipe.parts.fusion, distribution="other")))
    assert elsewhere.fingerprint({}) != recipe.fingerprint({})


def test_the_fingerprint_is_a_sha256_and_fixed_for_the_process(make):
    first, second = make(RICH).fingerprint({}), make(RICH).fingerprint({})
    assert first == second
    assert len(first) == 64
    assert int(first, 16) >= 0


@pytest.mark.parametrize("tables", [{}, RICH, {"run": {"strength": 0.3}}])
def test_the_schema_accepts_canonical_recipes(make, catalog, tables: dict[str, Any]):
    schema = recipe_schema(catalog)
    json.dumps(schema)
    assert problems(make(tables).canonical(), schema) == []


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"fusion": {"alpha": 0.5}},
        {"generator": {"name": "auto"}},
        {"generator": {"name": "gsx:pixels"}},
        {"loss": [{"name": "gram", "weight": 10}]},
        {"explainer": [{"name": "gradcam", "score": "style@relu3_1"}]},
    ],
)
def test_the_schema_accepts_what_people_write(catalog, recipe: dict[str, Any]):
    assert problems(recipe, recipe_schema(catalog)) == []


@pytest.mark.parametrize(
    "recipe",
    [
        {"fussion": {}},
        {"fusion": {"name": "adian"}},
        {"fusion": {"name": "adain", "alhpa": 1}},
        {"fusion": {"name": "adain", "alpha": 2}},
        {"fusion": {"name": "adain", "beta": 1}},
        {"run": {"size": 8}},
        {"run": {"device": "gpu"}},
        {"loss": {"name": "gram"}},
        {"loss": [{"weight": 1}]},
        {"loss": [{"name": "hinge"}]},
        {"adversarial": {"name": "gram"}},
        {"discriminator": {"norm": "none"}},
        {"metric": ["ssim"]},
        {"explainer": [{"name": "gradcam", "baseline": "none"}]},
        {"explainer": [{"name": "gradcam", "card": "some"}]},
        {"run": {"budget": 8}},
        {"explainer": [{"name": "gradcam", "score": 3}]},
        {"generator": {"name": "pixels", "iterations": 0}},
    ],
)
def test_the_schema_refuses_what_the_recipe_refuses(catalog, recipe: dict[str, Any]):
    assert problems(recipe, recipe_schema(catalog)) != []


class Inner(Options):
    """A nested table of options."""

    depth: int = 1


class Outer(Options):
    """Options with a nested table."""

    inner: Inner = Inner()


class Odd:
    """No type that pydantic knows."""


class Extended:
    """The installed catalog and further fusions."""

    def __init__(self, catalog: Any, *offers: Offer[Any]) -> None:
        self.catalog, self.more = catalog, offers

    def offers(self, kind: str) -> Any:
        return iter([*self.catalog.offers(kind), *(self.more if kind == "fusion" else ())])


def offer(name: str, options: type[Options], house: str = "other") -> Offer[Any]:
    return Offer(FusionSpec(name=name, summary="s", target="a.b:C", options=options, strength=lambda s: {}), house, "1")


def test_nested_options_keep_their_definitions(catalog):
    schema = recipe_schema(Extended(catalog, offer("nested", Outer)))
    assert problems({"fusion": {"name": "nested", "inner": {"depth": 2}}}, schema) == []
    assert problems({"fusion": {"name": "nested", "inner": {"depth": "deep"}}}, schema) != []


def test_a_broken_options_model_costs_only_itself(catalog):
    broken = create_model("Broken", __base__=Options, odd=(Odd | None, None))
    schema = recipe_schema(Extended(catalog, offer("broken", broken)))
    assert problems({"fusion": {"name": "adain"}}, schema) == []
    assert problems({"fusion": {"name": "broken"}}, schema) != []


def test_a_name_clash_costs_only_the_short_name(catalog):
    schema = recipe_schema(Extended(catalog, offer("adain", Options)))
    assert problems({"fusion": {"name": "adain"}}, schema) != []
    assert problems({"fusion": {"name": "gsx:adain", "alpha": 0.5}}, schema) == []
    assert problems({"fusion": {"name": "other:adain"}}, schema) == []
    assert problems({"fusion": {"name": "other:adain", "alpha": 0.5}}, schema) != []
    assert problems({"fusion": {"name": "content"}}, schema) == []
