"""``gsx explain``: a finished run, or a recipe."""

import json
import shutil
from pathlib import Path

import pytest

from gsx.errors import ContractError

from .conftest import assert_no_escapes, noise


@pytest.fixture
def out(run):
    """A finished run with gradcam."""
    assert run("--explainer", "gradcam").code == 0
    return Path("out")


def test_a_run_is_explained_in_terms_of_several_scores(gsx, out):
    ran = gsx("explain", out, "--explainer", "ablation,gradcam", "--score", "style,content@relu4_1", "--unit", "layer")
    assert ran.code == 4, "ablation explains no positions of a layer"
    ran = gsx("explain", out, "--explainer", "layercam,gradcam", "--score", "style", "--score", "content")
    assert ran.code == 0, ran.err
    pairs = [(name, score) for name in ("layercam", "gradcam") for score in ("style", "content")]
    for folder in [f"explanations/{name}-{score}-layer-{name}-{score}" for name, score in pairs]:
        assert folder in ran.out
        assert (out / folder / "explanation.json").is_file()
    assert ran.out.splitlines()[-1] == f"Report: {out / 'report.html'}"
    assert_no_escapes(ran.out.replace("\n", "").replace("\t", ""))


def test_a_ranked_table(gsx, out):
    ran = gsx("explain", out, "--explainer", "ablation", "--unit", "channels")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("ablation of style-alignment = ")
    assert lines[1] == "unit\tscore with - without\tchange of picture"
    changes = [abs(float(line.split("\t")[1])) for line in lines[2:6]]
    assert changes == sorted(changes, reverse=True)


def test_json_is_result_json_alone(gsx, out):
    ran = gsx("explain", out, "--explainer", "layercam", "--json")
    assert json.loads(ran.out) == json.loads((out / "result.json").read_text())
    assert [item["explainer"]["name"] for item in json.loads(ran.out)["explanations"]] == ["gradcam", "layercam"]


def test_a_recipe_is_run_first(gsx, place):
    Path("mine.toml").write_text(
        'input = {content = "content.png", style = "style.png"}\nmetric = []\n'
        'extractor = {name = "vgg19-slim", widths = [4, 4, 4, 4, 4]}\n'
        'generator = {name = "pixels", iterations = 2}\nrun = {size = 48, fusion_effect = false}\n'
    )
    ran = gsx("explain", "mine.toml", "--explainer", "layercam", "--score", "style,content", "--out", "made")
    assert ran.code == 0, ran.err
    result = json.loads(Path("made/result.json").read_text())
    assert [item["explainer"]["id"] for item in result["explanations"]] == ["layercam-style", "layercam-content"]
    again = gsx("explain", "made/recipe.json", "--out", "twin")
    assert again.code == 0, again.err
    assert Path("made/stylized.safetensors").read_bytes() == Path("twin/stylized.safetensors").read_bytes()


def test_the_folder_of_several_pairs_stands_for_all(gsx, run, place):
    (place / "styles").mkdir()
    noise(place / "styles" / "one.png", seed=3)
    noise(place / "styles" / "two.png", seed=4)
    assert run("--style", "styles", "--explainer", "none").code == 0
    shutil.rmtree(place / "out" / "content__two" / "inputs")
    ran = gsx("explain", "out", "--explainer", "gradcam", "--card", "off", "--json")
    assert ran.code == 9, "the second is damaged"
    assert "error: content__two: " in ran.err
    assert [found["explanations"][0]["status"] for found in json.loads(ran.out)] == ["done"]
    # What lies beside each other by chance is not one batch.
    result = place / "out" / "content__two" / "result.json"
    result.write_text(result.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    ran = gsx("explain", "out")
    assert ran.code == 9
    assert "It holds runs: content__one, content__two. Name one of them." in ran.err


def test_run_takes_the_same_flags(run):
    ran = run("--explainer", "layercam", "--score", "style@relu4_1,content", "--unit", "layer")
    assert ran.code == 0, ran.err
    assert "layercam of style@relu4_1" in ran.out
    assert len(list(Path("out/explanations").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 3, "there is no nowhere"),
        (["."], 9, "is not a run folder"),
        (["content.png"], 3, "is not UTF-8 text"),
        (["out", "--explainer", "gradcamm"], 3, "no explainer is called 'gradcamm'"),
        (["out", "--explainer", "none"], 3, "--explainer none leaves nothing to explain"),
        (["out", "--explainer", ""], 3, "--explainer '' names nothing"),
        (["out", "--score", ","], 3, "--score ',' names nothing"),
        (["out", "--score", "none"], 3, "an explanation explains a score"),
        (["out", "--explainer", "dissection"], 4, "a finished run cannot be given one"),
        (["out", "--score", "stile"], 3, "no score is called 'stile'"),
        (["out", "--set", "fusion.alpha=0.3"], 3, "is made already"),
        (["out", "--set", "generator.weights=random"], 3, "generator.weights"),
        (["out", "--score", "realism"], 4, "needs a trained discriminator"),
        (["out", "--out", "elsewhere"], 3, "--out is for a recipe"),
        ([], 2, "RUN|RECIPE"),
    ],
)
def test_refusals(gsx, out, arguments, code, said):
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    ran = gsx("explain", *arguments)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ValueError("its own mistake"), 7, "ValueError: its own mistake"),
        (ContractError("it does not fit"), 4, "it does not fit"),
        (MemoryError("too large"), 8, "MemoryError: too large"),
    ],
)
def test_a_failed_explanation_is_told_by_the_exit_code(gsx, out, monkeypatch, error, code, said):
    from gsx_explainers.layercam import Layercam

    def fail(self, probe):
        raise error

    monkeypatch.setattr(Layercam, "explain", fail)
    ran = gsx("explain", out, "--explainer", "layercam,gradcam")
    assert ran.code == code
    assert "1 of 2 explanations failed" in ran.err
    assert f"failed: {said}" in ran.out
    assert "Grad-CAM at relu4_1" in ran.out
