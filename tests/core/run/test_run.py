"""One run from pictures to its folder, from Python: what is written, and what survives which failure."""

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gsx.api import Cancelled, Explanation, HeatMap, Skip, UnitValue
from gsx.errors import DivergedError, InterruptedRun, StoreError
from gsx.images import decode
from gsx.pipeline.load import load
from gsx.run.explaining import folder_name
from gsx.run.job import run_pair

from .run_toys import TABLES, build, read


def test_the_result(pipeline, pair, out):
    result = run_pair(pipeline, pair, out)
    assert result == read(out)
    assert set(result) == {
        "status",
        "folder",
        "pair",
        "components",
        "fingerprint",
        "weights",
        "fit",
        "notes",
        "plugin_problems",
        "chain",
        "metrics",
        "fusion_effect",
        "explanations",
        "seconds",
        "peak_memory_mib",
        "files",
    }
    assert result["status"] == "done"
    assert result["pair"] == {"content": "content.png", "style": "style.png", "label": "content__style"}
    assert result["components"] == {"extractor": "vgg19-slim", "fusion": "adain", "generator": "pixels"}
    assert result["weights"] == {"extractor": {"id": "random", "seed": 0}}
    assert result["fingerprint"] == pipeline.loaded.recipe.fingerprint({})
    assert result["fit"] is None
    assert result["plugin_problems"] == []
    assert set(result["seconds"]) >= {"stylise", "metrics", "explain", "total"}
    assert 0 < result["seconds"]["stylise"] <= result["seconds"]["total"]
    assert result["peak_memory_mib"] > 10


def test_the_inputs(pipeline, pair, out):
    run_pair(pipeline, pair, out)
    inputs = read(out, "inputs.json")
    for role, size, original in (("content", [36, 40], [36, 40]), ("style", [40, 33], [60, 50])):
        facts = inputs[role]
        assert facts["sha256"] == hashlib.sha256(getattr(pair, role).read_bytes()).hexdigest()
        assert (facts["file"], facts["mode"]) == (f"{role}.png", "RGB")
        assert (facts["size"], facts["original_size"]) == (size, original)
        assert list(decode(out / "inputs" / f"{role}.png").image.shape[-2:]) == size[::-1]
    assert inputs["content"]["notes"] == []
    assert inputs["style"]["notes"] == ["reduced from 60 x 50 to 40 x 33"]


def test_the_recipe_and_the_environment(pipeline, pair, out):
    run_pair(pipeline, pair, out)
    assert read(out, "recipe.json") == pipeline.loaded.recipe.canonical()
    assert read(out, "env.json")["plugins"]


def test_the_picture(pipeline, pair, out):
    run_pair(pipeline, pair, out)
    exact = load_file(out / "stylized.safetensors")["stylized"]
    shown = decode(out / "stylized.png").image
    assert exact.shape == shown.shape == (1, 3, 40, 36)
    assert (exact - shown).abs().max() <= 0.5 / 255 + 1e-6
    steps = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [step["step"] for step in steps] == [1, 2]
    assert all(step["loss"] > 0 for step in steps)


def test_the_explanation(pipeline, pair, out):
    result = run_pair(pipeline, pair, out, other_style=pair.content)
    (record,) = result["explanations"]
    assert record["folder"] == "explanations/gradcam-style-alignment-layer-gradcam"
    place = out / record["folder"]
    assert json.loads((place / "explanation.json").read_text()) == record
    assert [check["name"] for check in record["card"]][:2] == ["null", "deletion"]
    assert all(set(check) >= {"value", "expected", "verdict", "why", "seconds"} for check in record["card"])
    assert set(record) >= {
        "explainer",
        "score",
        "unit",
        "baseline",
        "null",
        "null_reason",
        "values",
        "provenance",
        "status",
        "seconds",
        "maps",
        "score_higher",
        "notes",
    }
    (heat,) = record["maps"]
    tensors = load_file(place / "maps.safetensors")
    values = tensors["gradcam"]
    assert list(values.shape) == [1, *heat["shape"]]
    assert (heat["minimum"], heat["maximum"]) == (values.min().item(), values.max().item())
    assert heat["on"] == "stylized"
    assert decode(place / heat["picture"]).image.shape == (1, 3, 40, 36)
    assert heat["contrast"]["style"] == "content"
    total = values.abs().sum().item()
    assert heat["positive_share"] == pytest.approx(values.clamp_min(0).sum().item() / total)


def test_two_runs_are_bit_identical(pair, tmp_path):
    for name in ("one", "two"):
        run_pair(build(), pair, tmp_path / name)
    for file in ("stylized.safetensors", "stylized.png", "recipe.json", "inputs.json", "metrics.jsonl"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    maps = "explanations/gradcam-style-alignment-layer-gradcam/maps.safetensors"
    assert (tmp_path / "one" / maps).read_bytes() == (tmp_path / "two" / maps).read_bytes()
    assert read(tmp_path / "one")["fingerprint"] == read(tmp_path / "two")["fingerprint"]


def test_the_fingerprint_follows_what_determines_the_result():
    def fingerprint(**sections):
        return load(tables={**TABLES, **sections}).recipe.fingerprint({})

    base = fingerprint()
    assert fingerprint(run={**TABLES["run"], "seed": 1}) != base
    assert fingerprint(fusion={"name": "adain", "alpha": 0.5}) != base
    assert fingerprint(run={**TABLES["run"], "device": "cpu"}) == base
    assert fingerprint(input={"content": "elsewhere.png"}) == base
    assert load(tables=TABLES).recipe.fingerprint({"extractor": "0" * 64}) != base


def test_the_fusions_effect(pair, out):
    pipeline = build(generator={"name": "pixels", "iterations": 12}, run={"size": 40})
    effect = run_pair(pipeline, pair, out)["fusion_effect"]
    assert 0 < effect["mean_abs_difference"] < 1
    assert effect["sees_style_otherwise"] is True


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"fusion": {"name": "content"}, "run": {"size": 40}}, "control itself"),
        ({}, "run.fusion_effect"),
    ],
)
def test_a_fusions_effect_that_does_not_apply(pair, out, sections, words):
    assert words in run_pair(build(**sections), pair, out)["fusion_effect"]["not_applicable"]


def test_a_control_that_fails_costs_no_run(pair, out, monkeypatch):
    pipeline = build(run={"size": 40})

    def broken(self, fusion):
        def control(*arguments, **options):
            raise DivergedError("content became nan")

        return control

    monkeypatch.setattr(type(pipeline), "with_fusion", broken)
    result = run_pair(pipeline, pair, out)
    assert "content became nan" in result["fusion_effect"]["not_applicable"]
    assert result["explanations"][0]["status"] == "done"


def test_a_control_that_is_not_finite_costs_no_run(pair, out, monkeypatch):
    pipeline = build(run={"size": 40})

    def broken(self, fusion):
        return lambda content, style, **options: replace(self(content, style), stylized=content * torch.nan)

    monkeypatch.setattr(type(pipeline), "with_fusion", broken)
    result = run_pair(pipeline, pair, out)
    assert "NaN or infinite" in result["fusion_effect"]["not_applicable"]
    assert result["explanations"][0]["status"] == "done"


def test_a_failure_at_any_file_leaves_nothing(pipeline, pair, out, monkeypatch):
    """The disk fills up at the first file, at the second, and so on."""
    real, calls = os.replace, []

    for fails_at in range(40):
        calls.clear()

        def replace(*arguments, fails_at=fails_at):
            calls.append(arguments)
            if len(calls) > fails_at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr("os.replace", replace)
            try:
                run_pair(pipeline, pair, out, other_style=pair.content)
                break
            except StoreError:
                pass
        assert not out.parent.exists(), f"after failing at file {fails_at}"
    assert 12 <= fails_at == len(calls) < 40
    assert out.is_dir()


class Screen:
    """Cancels at a stage."""

    def __init__(self, stage, index):
        self.stage, self.index = stage, index

    def step(self, stage, index, total, values):
        if stage == self.stage and index == self.index:
            raise Cancelled


def test_cancelled_while_stylising(pipeline, pair, out):
    with pytest.raises(InterruptedRun, match="marked interrupted"):
        run_pair(pipeline, pair, out, screen=Screen("stylising", 1))
    assert (read(out)["status"], read(out)["picture_finished"]) == ("interrupted", False)
    assert (out / "report.html").exists()
    assert not torch.equal(load_file(out / "stylized.safetensors")["stylized"], torch.zeros(1))


def test_cancelled_while_explaining(pair, out):
    """What was finished is kept; the explanation in the middle of which it stopped leaves no half folder."""
    pipeline = build(explainer=[{"name": "gradcam"}, {"name": "ablation"}])
    with pytest.raises(InterruptedRun):
        run_pair(pipeline, pair, out, screen=Screen("explaining: ablation", 1))
    result = read(out)
    assert (result["status"], result["picture_finished"]) == ("interrupted", True)
    assert [item["explainer"]["name"] for item in result["explanations"]] == ["gradcam"]
    assert [path.name for path in (out / "explanations").iterdir()] == ["gradcam-style-alignment-layer-gradcam"]
    assert load_file(out / "stylized.safetensors")["stylized"].shape == (1, 3, 40, 36)


def test_a_picture_that_is_not_finite(pipeline, pair, out, monkeypatch):
    monkeypatch.setattr("gsx_generators.pixels.Pixels.__call__", lambda self, fused, content, context: content / 0)
    with pytest.raises(DivergedError):
        run_pair(pipeline, pair, out)
    assert not out.parent.exists()


def raising(error):
    def explain(self, probe):
        raise error

    return explain


def returning(explanation):
    return lambda self, probe: explanation


STRANGERS = {
    "raises": (raising(ValueError("a stranger's mistake")), "ValueError: a stranger's mistake"),
    "exits with a gsx error": (raising(DivergedError("it ran away")), "it ran away"),
    "gives nothing": (returning(None), "NoneType"),
    "gives NaN in a row": (returning(Explanation(values=((UnitValue("x", float("nan")),),))), "finite number"),
    "gives a tensor in a row": (returning(Explanation(values=((UnitValue("x", torch.ones(1)),),))), "finite number"),
    "gives a map on nothing": (
        returning(Explanation(maps={"x": HeatMap(torch.ones(1, 2, 2), "nowhere", "x")})),
        "nowhere",
    ),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_a_strangers_explainer_is_contained(what, pair, out, monkeypatch):
    explain, words = STRANGERS[what]
    monkeypatch.setattr("gsx_explainers.ablation.Ablation.explain", explain)
    result = run_pair(build(explainer=[{"name": "ablation"}, {"name": "gradcam"}]), pair, out)
    first, second = result["explanations"]
    assert first["status"] == "error"
    assert words in first["error"]
    assert second["status"] == "done"
    assert (out / second["folder"] / "maps.safetensors").exists()
    assert "a stranger" not in (out / "report.html").read_text() or what == "raises"


@pytest.mark.parametrize(
    ("error", "key", "words"),
    [
        (ValueError("mistake"), "error", "ValueError: mistake"),
        (Skip("no weights"), "skipped", "no weights"),
    ],
)
def test_a_strangers_metric_is_contained(pair, out, monkeypatch, error, key, words):
    def update(self, outputs):
        raise error

    monkeypatch.setattr("gsx_metrics.ssim.Ssim.update", update)
    result = run_pair(build(metric=[{"name": "ssim"}, {"name": "content-distance"}]), pair, out)
    first, second = result["metrics"]
    assert words in first[key]
    assert second["values"]


def test_a_metric_that_is_not_finite(pipeline, pair, out, monkeypatch):
    monkeypatch.setattr("gsx_metrics.ssim.Ssim.compute", lambda self: {"ssim": float("nan")})
    (metric,) = run_pair(pipeline, pair, out)["metrics"]
    assert metric["error"] == "ssim is not finite"
    assert "values" not in metric


def test_a_contrast_that_fails_leaves_the_explanation(pipeline, pair, out, monkeypatch):
    def broken(*arguments, **options):
        raise ValueError("no other style")

    monkeypatch.setattr("gsx.run.explaining.explain_contrast", broken)
    (record,) = run_pair(pipeline, pair, out, other_style=pair.content)["explanations"]
    assert record["status"] == "done"
    assert record["maps"]
    assert any("no other style" in note for note in record["notes"])


def test_terms_have_no_contrast(pair, out):
    pipeline = build(generator={"name": "pixels", "iterations": 2}, explainer=[{"name": "displacement"}])
    (record,) = run_pair(pipeline, pair, out, other_style=pair.content)["explanations"]
    assert record["status"] == "done"
    assert record["maps"]
    assert not any("contrast" in found for found in record["maps"])
    assert not any("no contrast" in note for note in record["notes"])


def test_two_explanations_have_two_folders():
    parts = load(
        tables={
            **TABLES,
            "explainer": [
                {"name": "gradcam"},
                {"name": "gradcam", "id": "a.b"},
                {"name": "ablation", "score": "loss:gram"},
            ],
        }
    ).recipe.parts.explainers
    assert [folder_name(part) for part in parts] == [
        "gradcam-style-alignment-layer-gradcam",
        "gradcam-style-alignment-layer-a.b",
        "ablation-loss_gram-layers-ablation",
    ]


def test_an_output_that_is_taken_costs_no_work(pipeline, pair, out):
    out.mkdir(parents=True)
    (out / "mine").write_text("precious")
    with pytest.raises(StoreError, match="exists already"):
        run_pair(pipeline, pair, out)
    assert [path.name for path in out.iterdir()] == ["mine"]


def test_stylize_from_python(pair):
    import gsx

    outputs = gsx.stylize(pair.content, str(pair.style), recipe=TABLES, size=32)
    assert outputs.stylized.shape == (1, 3, 32, 29)
    assert outputs.style.shape == (1, 3, 27, 32)
    again = gsx.stylize(outputs.content, outputs.style, pipeline=gsx.Pipeline.from_recipe(TABLES, size=32))
    assert torch.equal(outputs.stylized, again.stylized)
    assert Path(pair.content).exists()
