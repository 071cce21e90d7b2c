"""Measurement: figures of pairs and of a set, and what a metric that fails costs."""

from typing import ClassVar

import pytest
import torch

from gsx.api import ContractError, MetricSpec, Options, RecipeError, Skip
from gsx.contracts.plan import make_plan
from gsx.plugins import installed_catalog
from gsx.recipe.defaults import defaults
from gsx.recipe.resolve import resolve
from gsx.run.judges import Judges
from gsx.run.measure import measure
from gsx.run.measurement import Measured, Measurement, Missing, preprocessing
from gsx.specs.chosen import Chosen
from gsx.specs.interfaces import Cancelled
from gsx.testing.outputs import toy_outputs

from .run_toys import build

SLIM = {"name": "vgg19-slim", "weights": "random", "widths": [4, 4, 4, 4, 4], "batch_norm": False}


class Counting:
    """Counts pictures; what ``trouble`` holds is raised, or is the figure."""

    trouble: ClassVar[dict] = {}

    def __init__(self, options):
        self.seen = 0

    def update(self, outputs):
        self.seen += len(outputs.stylized)
        if isinstance(error := self.trouble.get(float(outputs.stylized.flatten()[0])), Exception):
            raise error

    def compute(self):
        return {"pictures": self.trouble.get("figure", self.seen)}


class Layers:
    """Says which layers the record has."""

    def __init__(self, options):
        self.found = {}

    def update(self, outputs):
        assert not outputs.stylized_maps[next(iter(outputs.stylized_maps))].requires_grad
        self.found = {name: float(maps.shape[1]) for name, maps in outputs.stylized_maps.items()}

    def compute(self):
        return self.found


@pytest.fixture(autouse=True)
def no_trouble(monkeypatch):
    monkeypatch.setattr(Counting, "trouble", {})
    monkeypatch.setattr(MetricSpec, "load", lambda self: {"counting": Counting, "layers": Layers}[self.target])


def metric(name, target="counting", **fields):
    spec = MetricSpec(name=name, summary="s", target=target, **fields)
    return Chosen(spec, Options(), "toys", "1", name)


def outputs(tag):
    """A pass whose result begins with ``tag``."""
    made = toy_outputs(1)
    made.stylized = made.stylized.clone()
    made.stylized[0, 0, 0, 0] = tag
    return made


@pytest.fixture
def judges():
    return Judges(installed_catalog())


def test_pairs_apart_and_the_set_together(judges):
    measurement = Measurement([metric("one"), metric("all", scope="set")], judges)
    for tag in (0.1, 0.2, 0.3):
        assert measurement.pair(outputs(tag)) == Measured({"one": {"pictures": 1.0}}, {})
    assert measurement.whole() == Measured({"all": {"pictures": 3.0}}, {})


def test_a_failure_costs_a_pair_its_figure_and_a_set_all_of_it(judges):
    tag = outputs(0.5)
    Counting.trouble = {float(tag.stylized.flatten()[0]): ValueError("a mistake")}
    measurement = Measurement([metric("one"), metric("all", scope="set")], judges)
    found = [measurement.pair(one) for one in (outputs(0.25), tag, outputs(0.75))]
    error = Missing("error", "ValueError: a mistake")
    assert [one.figures for one in found] == [{"one": {"pictures": 1.0}}, {}, {"one": {"pictures": 1.0}}]
    assert found[1].missing == {"one": error}
    assert measurement.whole() == Measured({}, {"all": error})


def test_reasons_are_sentences(judges):
    assert str(Missing("skipped", "there is no sun")) == "skipped, because there is no sun"
    assert str(Missing("error", "a mistake")) == "error: a mistake"
    assert str(Measurement([metric("all", scope="set")], judges).whole().missing["all"]).endswith("there is no result")
    Counting.trouble = {float(torch.tensor(0.5)): Skip("it is night")}
    found = Measurement([metric("one")], judges).pair(outputs(0.5))
    assert str(found.missing["one"]) == "skipped, because it is night"


def test_a_figure_that_is_not_finite_is_an_error(judges):
    Counting.trouble = {"figure": float("inf")}
    measurement = Measurement([metric("one"), metric("all", scope="set")], judges)
    assert measurement.pair(outputs(0.1)).missing["one"].reason == "pictures is not finite"
    assert measurement.whole().missing["all"].kind == "error"


def test_a_wish_to_stop_passes(judges):
    Counting.trouble = {float(torch.tensor(0.5)): Cancelled()}
    with pytest.raises(Cancelled):
        Measurement([metric("one")], judges).pair(outputs(0.5))


def judged(name, layers, section=SLIM, **fields):
    return metric(name, "layers", judge=lambda options: section, layers=lambda options, layout: layers, **fields)


def test_metrics_of_one_judge_share_a_view(judges, monkeypatch):
    asked = []
    plain = Judges.outputs

    def noted(self, section, outputs, layers):
        asked.append(layers)
        return plain(self, section, outputs, layers)

    monkeypatch.setattr(Judges, "outputs", noted)
    metrics = [judged("a", ("relu3_1",)), judged("b", ("relu1_1",), scope="set"), metric("own", "layers")]
    measurement = Measurement(metrics, judges)
    found = measurement.pair(toy_outputs(1))
    assert asked == [["relu1_1", "relu3_1"]]
    assert found.figures["a"] == {"relu1_1": 64.0, "relu3_1": 256.0}
    assert set(found.figures["own"]) == set(toy_outputs(1).layout)
    assert measurement.whole().figures["b"] == found.figures["a"]


def test_a_judge_that_cannot_be_had_is_a_reason_to_skip(judges, tmp_path, monkeypatch):
    monkeypatch.setenv("GSX_CACHE", str(tmp_path))
    metrics = [
        judged("missing", (), {"name": "resnet18"}),
        judged("unknown", (), {"name": "vgg91"}),
        judged("all", (), {"name": "resnet18"}, scope="set"),
        judged("layer", ("relu9",)),
        metric("one"),
    ]
    measurement = Measurement(metrics, judges)
    found = measurement.pair(toy_outputs(1))
    assert found.figures == {"one": {"pictures": 1.0}}
    skipped = found.missing["missing"]
    assert skipped.kind == "skipped"
    assert "its judge cannot be had: extractor 'resnet18' with weights=imagenet" in skipped.reason
    assert "gsx weights fetch resnet18-imagenet" in skipped.reason
    assert "\n" not in skipped.reason
    assert found.missing["unknown"].kind == "error"
    assert "relu9" in found.missing["layer"].reason
    assert measurement.whole().missing["all"] == skipped


def test_a_single_run_skips_figures_over_sets():
    records = measure([metric("one"), metric("all", scope="set")], toy_outputs(1))
    assert records[0]["values"] == {"pictures": 1.0}
    assert records[1]["skipped"] == "it is a figure over a set of results, which gsx bench makes"
    assert [record["id"] for record in records] == ["one", "all"]
    (record,) = measure([judged("a", ("relu1_1",))], toy_outputs(1))
    assert record["judge"] == "vgg19-slim random widths=[4, 4, 4, 4, 4] batch_norm=False"


def test_preprocessing(judges):
    pipeline = build(extractor={"name": "vgg19-slim", "widths": [4, 4, 4, 4, 4]})
    assert preprocessing(metric("one"), pipeline, judges) == "pixels, 40 px"
    own = metric("own", layers=lambda options, layout: tuple(layout))
    assert preprocessing(own, pipeline, judges) == "vgg19-slim random widths=[4, 4, 4, 4, 4], 40 px"
    assert preprocessing(judged("a", (), {"name": "vgg19"}), pipeline, judges) == "vgg19 1c637d22, 40 px"


@pytest.mark.parametrize(
    ("options", "extractor", "said"),
    [
        ({"name": "style-distance", "statistic": "gram"}, {}, ", 40 px, statistic=gram"),
        ({"name": "style-distance"}, {"layers": ["relu1_1", "relu4_1"]}, ", 40 px, layers=['relu1_1', 'relu4_1']"),
        ({"name": "entropy", "of": "style"}, {}, "each extractor's maps, 40 px, of=style"),
        ({"name": "content-distance"}, {"layers": ["relu1_1", "relu4_1"]}, "random, 40 px"),
        ({"name": "kid", "layer": "relu5_1", "judge": "vgg19", "judge_weights": "bundled"}, {}, "40 px, layer=relu5_1"),
        ({"name": "kid", "judge": "vgg19", "judge_weights": "bundled"}, {}, "vgg19 1c637d22, 40 px"),
    ],
)
def test_figures_of_other_options_are_told_apart(judges, options, extractor, said):
    """``mean`` of other statistics, or over other layers, is another figure, whatever the metric is called."""
    pipeline = build(extractor={"name": "vgg19", "weights": "random", **extractor}, metric=[options])
    (chosen,) = pipeline.loaded.recipe.parts.metrics
    assert preprocessing(chosen, pipeline, judges).endswith(said)


def test_a_recipe_with_judged_metrics_is_planned_by_the_judge_s_layers_alone():
    """``gram-distance`` of VGG-16's layers beside an extractor that has no such layers."""
    raw = defaults()
    raw["extractor"], raw["generator"] = {"name": "resnet18", "weights": "random"}, {"name": "pixels"}
    raw["metric"] = [{"name": "gram-distance", "layers": ["relu1_1"]}]
    raw["explainer"] = []
    plan = make_plan(resolve(raw, installed_catalog()).parts)
    assert not any("gram-distance" in who for readers in plan.readers.values() for who in readers)
    assert plan.layers


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"judge": "vgg61"}, RecipeError, "vgg16"),
        ({"layers": ["relu9_1"]}, ContractError, "metric 'gram-distance' needs layer 'relu9_1'"),
        ({"judge": "resnet18", "layers": ["relu1_1"]}, ContractError, "metric 'gram-distance' needs layer 'relu1_1'"),
    ],
)
def test_a_judge_or_a_layer_that_does_not_exist_is_refused_before_anything_is_computed(options, kind, said):
    raw = defaults()
    raw["generator"], raw["metric"] = {"name": "pixels"}, [{"name": "gram-distance", **options}]
    with pytest.raises(kind) as refused:
        resolve(raw, installed_catalog())
    assert said in str(refused.value)
