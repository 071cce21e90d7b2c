"""From names to specs to validated options, and the refusals on the way."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, create_model

from gsx.api import FeatureLayout, FusionSpec, Layer, Options
from gsx.errors import PluginError, RecipeError
from gsx.recipe import resolve
from gsx.recipe.defaults import defaults
from gsx.recipe.sections import RunSection
from gsx.recipe.validate import validate
from gsx.specs.chosen import Offer


class Book(Options):
    """Stands for any options model."""

    alpha: float = 1.0
    beta: int = 2
    layers: tuple[str, ...] | None = None


def test_all_problems_come_in_one_message():
    with pytest.raises(RecipeError) as refusal:
        validate(Book, {"alpha": "much", "beta": 2.5, "layer": ["x"], "gamma": 1}, where="fusion")
    lines = refusal.value.message.splitlines()
    assert len(lines) == 4
    assert "fusion.alpha: input should be a valid number, unable to parse string as a number, got 'much'." in lines
    assert any(line.startswith("fusion.beta: input should be a valid integer") for line in lines)
    assert "fusion.layer: there is no such option." in lines
    assert "fusion.gamma: there is no such option." in lines
    assert refusal.value.hint is not None
    assert "Did you mean 'layers'? Known: alpha, beta, layers." in refusal.value.hint


def test_options_of_what_has_none():
    with pytest.raises(RecipeError) as refusal:
        validate(Options, {"alpha": 1}, where="fusion")
    assert refusal.value.hint == "It has no options."


def test_a_broken_options_model_is_the_plugins_fault():
    class Odd:
        pass

    broken = create_model("Broken", __base__=Options, odd=(Odd | None, None))
    with pytest.raises(PluginError, match=r"fusion: the options model .*Broken is broken: ") as refusal:
        validate(broken, {}, where="fusion")
    assert refusal.value.exit_code == 7


def test_a_models_own_code_that_raises_is_the_plugins_fault():
    class Broken(Options):
        odd: int = Field(default_factory=lambda: {}["odd"])

    with pytest.raises(PluginError, match=r"fusion: the options model .*Broken is broken: KeyError: 'odd'"):
        validate(Broken, {}, where="fusion")


@pytest.mark.parametrize(
    ("tables", "message", "hint"),
    [
        ({"fusion": {"name": "adian"}}, "no fusion is called 'adian'.", "Did you mean 'adain'?"),
        ({"extractor": {"weight": "x"}}, "extractor.weight: there is no such option.", "Did you mean 'weights'?"),
        ({"fusion": {"alpha": 1.5}}, "fusion.alpha: input should be less than or equal to 1, got 1.5.", None),
        ({"run": {"size": 8}}, "run.size: input should be greater than or equal to 16, got 8.", None),
        ({"run": {"device": "gpu"}}, "run.device: should be one of: auto, cpu", None),
        ({"train": {"reconstruct": 0.9}}, "train: adversarial_from comes before reconstruct ends.", None),
        ({"train": {"generator": {"lrr": 1}}}, "train.generator.lrr: there is no such option.", "Did you mean 'lr'?"),
        ({"train": {"augment": "flip"}}, "train.augment: should be a list, got 'flip'.", """augment='["flip"]'"""),
        (
            {"adversarial": {"name": "hinge", "weight": "much"}},
            "adversarial.weight: input should be a valid number, unable to parse string as a number, or input should "
            "be 'adaptive', got 'much'.",
            None,
        ),
        ({"input": {"content": ""}}, "input.content: an empty name is no picture and no folder, got ''.", None),
        ({"explainer": [{"name": "gradcam", "score": "styel"}]}, "no score is called 'styel'.", "Did you mean 'style'"),
        ({"explainer": [{"name": "gradcam", "score": 5}]}, "gradcam.score: needs a name or a table, got 5.", None),
        (
            {"explainer": [{"name": "gradcam", "baseline": "zeroes"}]},
            "explainer.gradcam.baseline: unknown 'zeroes'.",
            "Did you mean 'zero'?",
        ),
        (
            {"explainer": [{"name": "gradcam", "card": "ful"}]},
            "explainer.gradcam.card: unknown 'ful'.",
            "Did you mean 'full'?",
        ),
        ({"run": {"budget": 8}}, "run.budget: input should be greater than or equal to 16, got 8.", None),
        (
            {"explainer": [{"name": "gradcam", "unit": {"layr": "relu3_1"}}]},
            "explainer.gradcam.unit.layr: there is no",
            "Did you mean 'layer'?",
        ),
        ({"explainer": [{"name": "gradcam", "score": "loss:hinge"}]}, "loss 'hinge' gives no value per picture", None),
        (
            {"explainer": [{"name": "gradcam"}, {"name": "gradcam"}]},
            "explainer: gradcam occurs more than once.",
            'Give each entry its own id = "...".',
        ),
        ({"loss": [{"name": "hinge"}]}, "loss.hinge: is an adversarial loss.", 'Write [adversarial] name = "hinge".'),
        ({"adversarial": {"name": "gram"}}, "'gram' is a term of the total", "Write it as [[loss]]"),
        ({"loss": [{"name": "gram", "weight": "heavy"}]}, "loss.gram.weight: input should be a valid number", None),
        ({"loss": [{"name": "gram", "weight": float("nan")}]}, "gram.weight: input should be a finite number", None),
        ({"loss": [{"name": "gram", "schedule": 5}]}, "loss.gram.schedule: input should be a valid string", None),
        ({"discriminator": {"norm": "none"}}, "discriminator: has norm, and no name.", "Add name"),
        ({"adversarial": {"weight": 2}}, "adversarial: has weight, and no name.", "Add name"),
        ({"generator": {"name": 5}}, "generator: needs a name, got 5.", None),
        ({"metric": [{"name": "ssim", "window": 3}]}, "metric.ssim.window: there is no such option.", "no options"),
    ],
)
def test_refusals(make, tables: dict[str, Any], message: str, hint: str | None):
    with pytest.raises(RecipeError) as refusal:
        make(tables)
    assert message in refusal.value.message
    assert (hint is None) or hint in (refusal.value.hint or "")


def test_strength_sets_the_fusions_own_options(make):
    assert make({"run": {"strength": 0.25}}).parts.fusion.options.alpha == 0.25
    weighted = make({"run": {"strength": 0.25}, "fusion": {"name": "weighted-sum"}}).parts.fusion.options
    assert (weighted.alpha, weighted.beta) == (0.75, 0.25)
    assert make({"run": {"strength": 0.25}, "fusion": {"alpha": 0.25}}).parts.fusion.options.alpha == 0.25


def test_strength_against_the_option_that_it_sets(make):
    with pytest.raises(RecipeError) as refusal:
        make({"run": {"strength": 0.5}, "fusion": {"alpha": 0.8}})
    assert refusal.value.message == "run.strength = 0.5 sets fusion.alpha = 0.5, and the recipe says 0.8."
    assert refusal.value.hint == "Give either --strength or fusion.alpha."


def test_scores_in_one_word(make):
    (part,) = make({"explainer": [{"name": "gradcam", "score": "style@relu3_1"}]}).parts.explainers
    assert (part.score.name, part.score.options.layers) == ("style", ("relu3_1",))
    (part,) = make({"explainer": [{"name": "gradcam", "score": {"layers": ["relu2_1"]}}]}).parts.explainers
    assert (part.score.name, part.score.options.layers) == ("style-alignment", ("relu2_1",))


def test_every_distance_is_a_score(make):
    entry = {"name": "ablation", "score": "loss:gram@relu2_1,relu3_1", "unit": "channels"}
    (part,) = make({"explainer": [entry]}).parts.explainers
    assert part.score.spec.kind == "score"
    assert part.score.name == "loss:gram"
    assert part.score.spec.higher == "larger loss gram"
    layout = FeatureLayout([Layer("relu2_1", 3, 2), Layer("relu3_1", 3, 4), Layer("relu4_1", 3, 8)])
    assert part.score.spec.layers(part.score.options, layout) == ("relu2_1", "relu3_1")
    assert part.unit.name == "channels"


def test_entries_are_told_apart_by_id(make):
    recipe = make({"explainer": [{"name": "gradcam"}, {"name": "gradcam", "id": "other", "baseline": "mean"}]})
    assert [part.id for part in recipe.parts.explainers] == ["gradcam", "other"]
    assert [part.baseline for part in recipe.parts.explainers][1] == "mean"


def test_the_card_is_quick_where_nothing_is_said(make):
    recipe = make({"explainer": [{"name": "gradcam"}, {"name": "ablation", "card": "off"}]})
    assert [part.card for part in recipe.parts.explainers] == ["quick", "off"]


def test_the_weight_of_the_adversarial_loss_is_kept(make):
    recipe = make({"adversarial": {"name": "hinge", "weight": 3}, "loss": [{"name": "gram", "schedule": "ramp:0-0.5"}]})
    assert recipe.adversarial_weight.weight == 3.0
    assert recipe.canonical()["adversarial"] == {"name": "hinge", "weight": 3.0, "schedule": None}
    assert recipe.canonical()["loss"][0]["schedule"] == "ramp:0-0.5"
    assert recipe.fingerprint({}) != make({"adversarial": {"name": "hinge"}}).fingerprint({})


class TwoHouses:
    """A catalog in which two distributions offer the fusion ``shared``."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog
        self.houses = [
            Offer(FusionSpec(name="shared", summary=house, target="a.b:C", strength=lambda s: {}), house, "1.0")
            for house in ("blue", "red")
        ]

    def offers(self, kind: str) -> Any:
        return iter([*self.catalog.offers(kind), *(self.houses if kind == "fusion" else [])])

    def find(self, kind: str, name: str) -> Any:
        for offer in self.houses:
            if kind == "fusion" and name == f"{offer.distribution}:shared":
                return offer
        return self.catalog.find(kind, name)


def test_a_name_that_two_offer_stays_qualified(catalog):
    raw = defaults() | {"generator": {"name": "pixels"}, "fusion": {"name": "red:shared"}}
    two = TwoHouses(catalog)
    recipe = resolve(raw, two)
    assert recipe.canonical()["fusion"] == {"name": "red:shared"}
    assert resolve(recipe.canonical(), two).parts.fusion.distribution == "red"
    assert recipe.fingerprint({}) != resolve(raw | {"fusion": {"name": "blue:shared"}}, two).fingerprint({})


def test_a_name_that_one_offers_does_not(make):
    named, plain = make({"fusion": {"name": "gsx:adain"}}), make()
    assert named.canonical() == plain.canonical()
    assert named.fingerprint({}) == plain.fingerprint({})


def test_sections_of_gsx_itself_are_frozen():
    assert issubclass(RunSection, BaseModel)
    with pytest.raises(ValueError, match="frozen"):
        RunSection().size = 3  # type: ignore[misc]
