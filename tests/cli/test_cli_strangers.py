"""Strangers' components during `gsx run`: what they raise, return or print is contained."""

import json
from pathlib import Path

import pytest
import torch

from gsx.api import ExplainerSpec, Explanation, FusionSpec, MetricSpec, Options, hookimpl

from .conftest import assert_refused


class Raises:
    def __init__(self, options):
        pass

    def explain(self, probe):
        raise RuntimeError("the stranger's mistake")

    def update(self, outputs):
        raise RuntimeError("the stranger's mistake")


class Prints(Raises):
    def explain(self, probe):
        print("hello from a stranger")
        return Explanation(null=True, null_reason="nothing to see")

    def update(self, outputs):
        print("hello from a stranger")

    def compute(self):
        return {"one": 1.0}


class NotJson(Raises):
    def explain(self, probe):
        return Explanation(null=True, null_reason="nothing", provenance={"tensor": torch.ones(2), "nan": float("nan")})

    def update(self, outputs):
        pass

    def compute(self):
        return [1.0]


def strangers(plant, made):
    @hookimpl
    def gsx_explainers():
        yield ExplainerSpec(
            name="stranger",
            summary="for a test",
            target="planted:Made",
            score="style-alignment",
            unit="layer",
            method="gradient",
        )

    @hookimpl
    def gsx_metrics():
        yield MetricSpec(name="stranger", summary="for a test", target="planted:Made")

    plant("planted", gsx_explainers=gsx_explainers, gsx_metrics=gsx_metrics, Made=made)


@pytest.mark.parametrize("made", [Raises, NotJson])
def test_a_strangers_mistake_is_contained(gsx, plant, made):
    strangers(plant, made)
    ran = gsx(
        "run",
        "--content",
        "content.png",
        "--style",
        "style.png",
        "--out",
        "out",
        "--size",
        "48",
        "--extractor",
        "vgg19-slim",
        "--set",
        "extractor.widths=[4,4,4,4,4]",
        "--set",
        "generator.iterations=2",
        "--metric",
        "stranger,ssim",
        "--explainer",
        "stranger,gradcam",
        "--set",
        "run.fusion_effect=false",
    )
    assert ran.code == 0, ran.err
    result = json.loads(Path("out/result.json").read_text())
    metrics = {metric["id"]: metric for metric in result["metrics"]}
    assert "values" in metrics["ssim"]
    assert metrics["stranger"]["error"]
    first, second = result["explanations"]
    assert first["status"] == "error"
    assert second["status"] == "done"
    if made is Raises:
        assert "the stranger's mistake" in first["error"]
        assert "the stranger's mistake" in ran.out
    for record in (first, second):
        assert json.loads(Path("out", record["folder"], "explanation.json").read_text()) == record


def test_what_a_stranger_prints_does_not_spoil_the_json(gsx, plant):
    strangers(plant, Prints)
    ran = gsx(
        "run",
        "--content",
        "content.png",
        "--style",
        "style.png",
        "--out",
        "out",
        "--size",
        "48",
        "--json",
        "--extractor",
        "vgg19-slim",
        "--set",
        "extractor.widths=[4,4,4,4,4]",
        "--set",
        "generator.iterations=2",
        "--metric",
        "stranger",
        "--explainer",
        "stranger",
        "--set",
        "run.fusion_effect=false",
    )
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["status"] == "done"
    assert "hello from a stranger" in ran.err


def test_a_hook_that_raises_is_named(run, plant):
    @hookimpl
    def gsx_step_end(step):
        raise RuntimeError("the stranger's mistake")

    plant("listening", gsx_step_end=gsx_step_end)
    ran = run()
    assert ran.code == 0, ran.err
    result = json.loads(Path("out/result.json").read_text())
    assert result["status"] == "done"
    (problem,) = result["plugin_problems"]
    assert "listening" in problem
    assert "gsx_step_end raised RuntimeError: the stranger's mistake" in problem
    assert ran.out.count("plugin problem") == 1
    assert "the stranger's mistake" in ran.out


def test_an_options_model_that_cannot_be_built_costs_only_itself(gsx, plant):
    class Bad(Options):
        odd: "Nowhere" = 1  # noqa: F821 - such a name is what a plugin's author forgot to import

    @hookimpl
    def gsx_fusions():
        yield FusionSpec(name="bad", summary="s", target="planted:Bad", options=Bad, strength=lambda s: {})

    plant("planted", gsx_fusions=gsx_fusions)
    assert "fusion\tbad\ts" in gsx("plugins", "list").out
    schema = json.loads(gsx("schema").out)["$defs"]
    assert "fusion.adain" in schema
    assert "fusion.bad" not in schema
    for words in (("plugins", "show", "bad"), ("check", "--fusion", "bad")):
        assert_refused(gsx(*words), 7, "Bad is broken: `Bad` is not fully defined", "Update the plugin")
    assert gsx("check").code == 0
