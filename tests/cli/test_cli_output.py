"""Where a run goes, what it prints, and that a run which fails leaves nothing."""

import errno
import json
import os
import re
from pathlib import Path

import pytest
import torch

from gsx.api import GeneratorSpec, hookimpl

from .conftest import assert_no_escapes, assert_nothing_written, assert_refused, noise

FILES = {
    "recipe.json",
    "env.json",
    "result.json",
    "metrics.jsonl",
    "inputs.json",
    "inputs",
    "stylized.png",
    "stylized.safetensors",
    "report.html",
}


def test_a_run(run):
    ran = run()
    assert ran.code == 0, ran.err
    assert {path.name for path in Path("out").iterdir()} == FILES | {"explanations"}
    assert "Report: out/report.html" in ran.out
    assert "relu4_1" in ran.out
    assert_no_escapes(ran.out + ran.err)
    assert list(Path().glob(".*")) == []


def test_json_is_alone_on_standard_output(run):
    ran = run("--json")
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)
    assert result == json.loads(Path("out/result.json").read_text())
    assert result["status"] == "done"
    assert "relu4_1" in ran.err, "the chain is still shown"


def test_json_of_a_failure_prints_nothing(run):
    ran = run("--json", "--content", "gone.png")
    assert ran.out == ""
    assert_refused(ran, 5, "gone.png")


def test_several_pairs(run):
    Path("many").mkdir()
    noise("many/a.png")
    noise("many/b.png")
    ran = run("--json", "--content", "many", "--style", "many", "--explainer", "none")
    assert ran.code == 0, ran.err
    labels = ["a__a", "a__b", "b__a", "b__b"]
    assert sorted(path.name for path in Path("out").iterdir()) == labels
    results = json.loads(ran.out)
    assert [result["pair"]["label"] for result in results] == labels
    for label in labels:
        assert {path.name for path in Path("out", label).iterdir()} == FILES


def test_several_pairs_of_which_one_fails(run):
    """The strip is refused; the others are done, and the exit code is the refusal's."""
    Path("many").mkdir()
    noise("many/a.png")
    noise("many/b-strip.png", 400, 16)
    noise("many/c.png")
    ran = run("--json", "--content", "many", "--explainer", "none")
    assert ran.code == 4
    assert "b-strip__style" in ran.err
    assert [result["pair"]["label"] for result in json.loads(ran.out)] == ["a__style", "c__style"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["a__style", "c__style"]


def test_without_out_each_run_has_a_folder_of_its_own(gsx):
    from .conftest import SMALL

    for _ in range(2):
        ran = gsx("run", "--content", "content.png", "--style", "style.png", *SMALL, "--explainer", "none")
        assert ran.code == 0, ran.err
    folders = list(Path("runs").iterdir())
    assert len(folders) == 2
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}(-\d+)?", folder.name) for folder in folders)


def test_an_empty_folder_may_be_the_output(run):
    Path("out").mkdir()
    assert run("--explainer", "none").code == 0
    assert Path("out/report.html").exists()


@pytest.mark.parametrize("what", ["folder", "file"])
def test_output_that_exists(run, what):
    if what == "folder":
        Path("out").mkdir()
        Path("out/mine.txt").write_text("precious")
    else:
        Path("out").write_text("precious")
    ran = run()
    assert ran.code == 9
    assert "exists already" in ran.err
    assert "--out" in ran.err
    assert (Path("out/mine.txt") if what == "folder" else Path("out")).read_text() == "precious"
    assert list(Path().glob(".out*")) == []


def test_output_below_a_file(run):
    Path("file").write_text("x")
    assert_refused(run("--out", "file/below"), 9, "file/below")


def test_output_where_nothing_can_be_written(run):
    assert_refused(run("--out", "/proc/gsx/out"), 9, "/proc/gsx/out", "--out")


def test_a_read_only_parent(run, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", refuse)
        ran = run()
    assert_refused(ran, 9, "out", "Permission denied", "--out")


def test_several_pairs_into_a_folder_that_holds_one_of_them(run):
    Path("many").mkdir()
    noise("many/a.png")
    noise("many/b.png")
    Path("out/a__style").mkdir(parents=True)
    Path("out/a__style/mine.txt").write_text("precious")
    ran = run("--content", "many", "--explainer", "none")
    assert ran.code == 9
    assert "a__style" in ran.err
    assert Path("out/a__style/mine.txt").read_text() == "precious"
    assert Path("out/b__style/report.html").exists()


WRITERS = {
    "recipe.json": "gsx.store.atomic.Path.write_text",
    "inputs/content.png": "gsx.images.save.os.replace",
    "stylized.safetensors": "safetensors.torch.save_file",
    "a folder": "pathlib.Path.mkdir",
    "the last rename": "gsx.store.run_folder.os.rename",
}


@pytest.mark.parametrize("what", WRITERS)
def test_a_full_disk(run, monkeypatch, what):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*arguments, **options):
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(WRITERS[what], refuse)
        ran = run()
    assert_refused(ran, 9, "--out")
    assert "No space left" in ran.err or "disk is full" in ran.err or "quota is full" in ran.err


class Broken:
    """A generator whose picture is not a number, or that stops in the middle."""

    def __init__(self, options, levels):
        pass

    def __call__(self, fused, content, context):
        return content * torch.nan


class Stops(Broken):
    def __call__(self, fused, content, context):
        raise KeyboardInterrupt


class StopsLater(Broken):
    def __call__(self, fused, content, context):
        context.offer(content * 0.5)
        raise KeyboardInterrupt


def generator(plant, made):
    @hookimpl
    def gsx_generators():
        yield GeneratorSpec(
            name="planted",
            summary="for a test",
            target="planted:Made",
            trained=False,
            levels=lambda options, layout: (layout.structural().name,),
        )

    plant("planted", gsx_generators=gsx_generators, Made=made)


def run_planted(gsx, *arguments):
    return gsx(
        "run",
        "--content",
        "content.png",
        "--style",
        "style.png",
        "--out",
        "out",
        "--size",
        "48",
        "--metric",
        "none",
        "--extractor",
        "vgg19-slim",
        "--set",
        "extractor.widths=[4,4,4,4,4]",
        "--generator",
        "planted",
        "--set",
        "run.fusion_effect=false",
        *arguments,
    )


def test_a_picture_that_is_not_a_number(gsx, plant):
    generator(plant, Broken)
    assert_refused(run_planted(gsx), 10, "NaN or infinite")
    assert_refused(run_planted(gsx, "--out", "deep/below/here"), 10, "NaN or infinite")
    assert not Path("deep").exists()


def test_nan_during_the_optimisation(run, monkeypatch):
    from gsx_extractors.vgg19_slim import Vgg19Slim

    real, calls = Vgg19Slim.forward, []

    def spoilt(self, image, layers):
        calls.append(layers)
        return {name: maps * (torch.nan if len(calls) > 4 else 1) for name, maps in real(self, image, layers).items()}

    monkeypatch.setattr(Vgg19Slim, "forward", spoilt)
    assert_refused(run(), 10, "pixels", "nan", "iteration 3 of 3", "try a smaller generator.style_weight")


def test_interrupted_before_there_is_a_picture(gsx, plant):
    generator(plant, Stops)
    ran = run_planted(gsx)
    assert ran.code == 130
    assert "nothing was written" in ran.err
    assert_nothing_written()


def test_interrupted_with_a_picture(gsx, plant):
    generator(plant, StopsLater)
    ran = run_planted(gsx, "--json")
    assert ran.code == 130
    assert "marked interrupted" in ran.err
    result = json.loads(Path("out/result.json").read_text())
    assert result["status"] == "interrupted"
    assert {path.name for path in Path("out").iterdir()} >= FILES
    assert "interrupted" in Path("out/report.html").read_text().lower()


def test_interrupted_while_explaining(run, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("gsx.run.explaining.explain_outputs", stop)
    ran = run()
    assert ran.code == 130
    assert json.loads(Path("out/result.json").read_text())["status"] == "interrupted"
    assert (Path("out") / "stylized.png").exists()
    assert (Path("out") / "report.html").exists()


def test_interrupted_in_the_middle_of_several(gsx, run, plant, monkeypatch):
    """The pair that was done stays done."""
    Path("many").mkdir()
    noise("many/a.png")
    noise("many/b.png")
    from gsx.run import job

    real, calls = job.decode, []

    def stop(path):
        calls.append(path)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return real(path)

    monkeypatch.setattr("gsx.run.job.decode", stop)
    ran = run("--content", "many", "--explainer", "none")
    assert ran.code == 130
    assert [path.name for path in Path("out").iterdir()] == ["a__style"]


def test_strength_0_gives_the_content_back(run):
    assert run("--strength", "0", "--explainer", "none").code == 0
    assert Path("out/stylized.png").read_bytes() == Path("out/inputs/content.png").read_bytes()


@pytest.mark.parametrize("fusion", ["weighted-sum", "content"])
def test_strength_0_gives_the_content_back_with_any_fusion(run, fusion):
    assert run("--strength", "0", "--explainer", "none", "--fusion", fusion).code == 0
    assert Path("out/stylized.png").read_bytes() == Path("out/inputs/content.png").read_bytes()


def test_options_of_an_explainer(run):
    ran = run("--set", "explainer.gradcam.unit.layer=relu3_1", "--set", "explainer.gradcam.sign=positive", "--json")
    assert ran.code == 0, ran.err
    (explanation,) = json.loads(ran.out)["explanations"]
    assert explanation["unit"] == {"name": "layer", "layer": "relu3_1", "role": "stylized", "inside": False}
    assert explanation["explainer"] == {"name": "gradcam", "sign": "positive"}
    assert explanation["maps"][0]["shape"] == [10, 12]
    assert explanation["maps"][0]["minimum"] >= 0


def test_a_comma_list_of_explainers(run):
    ran = run("--explainer", "gradcam,ablation", "--set", "generator.iterations=1", "--json")
    assert ran.code == 0, ran.err
    assert [item["explainer"]["name"] for item in json.loads(ran.out)["explanations"]] == ["gradcam", "ablation"]
    assert len(list(Path("out/explanations").iterdir())) == 2


def test_no_explainer(run):
    ran = run("--explainer", "none", "--json")
    assert json.loads(ran.out)["explanations"] == []
    assert not Path("out/explanations").exists()


def test_one_explainer_twice(run):
    Path("recipe.toml").write_text(
        "[[explainer]]\nname = 'gradcam'\n[[explainer]]\nname = 'gradcam'\nid = 'deep'\nunit = {layer = 'relu5_1'}\n"
    )
    ran = run("--recipe", "recipe.toml", "--json")
    assert ran.code == 0, ran.err
    assert [item["unit"]["layer"] for item in json.loads(ran.out)["explanations"]] == [None, "relu5_1"]


def test_a_recipe_that_a_run_wrote_runs_again(run):
    """recipe.json, fed back as a dict, gives the same picture."""
    import gsx as library

    assert run("--explainer", "none").code == 0
    tables = json.loads(Path("out/recipe.json").read_text())
    again = library.Pipeline.from_recipe({key: value for key, value in tables.items() if value != {"name": None}})
    assert again.loaded.recipe.canonical() == tables
