"""Explaining a finished run: what is added, what stays, what is refused."""

import errno
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import gsx.run.explain_run as explain_run_module
from gsx.api import Explanation, UnitValue
from gsx.errors import InterruptedRun, RecipeError, StoreError, WeightsError
from gsx.images import decode, save_png
from gsx.images.pairs import Pair
from gsx.pipeline.build import build_pipeline
from gsx.run.explain_run import explain_run
from gsx.run.finished import open_run
from gsx.run.job import run_pair
from gsx.run.question import same_finding
from gsx.testing import picture
from gsx_generators.pixels import Pixels
from gsx_scores.content import Content

from .run_toys import build, read

SCORES = ["style", "content", "change"]

GRADCAM = "explanations/gradcam-style-alignment-layer-gradcam"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A finished run of 40 px, not to be changed."""
    place = tmp_path_factory.mktemp("finished")
    save_png(picture(1, (40, 36), seed=1), place / "content.png")
    save_png(picture(1, (50, 60), seed=2), place / "style.png")
    pair = Pair(place / "content.png", place / "style.png", "content__style")
    run_pair(build(), pair, place / "out", other_style=place / "content.png")
    return place / "out"


@pytest.fixture
def out(pristine, tmp_path):
    """A copy of it to explain."""
    return shutil.copytree(pristine, tmp_path / "out")


def explained(out, *explainers, sets=(), **flags):
    run = open_run(out)
    asked = {"explainer": list(explainers) or None, **flags}
    return explain_run(run, build_pipeline(run.load(flags=asked, sets=sets)))


def bytes_of(out):
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def timeless(record):
    """A record without what its making took."""
    return {**record, "seconds": 0, "card": [{**check, "seconds": 0} for check in record["card"]]}


def test_the_same_explanation_again_is_the_same_to_the_bit(out):
    before = bytes_of(out)
    explained(out)
    after = bytes_of(out)
    assert before.keys() == after.keys()
    changed = {path.relative_to(out).as_posix() for path in before if before[path] != after[path]}
    assert changed <= {f"{GRADCAM}/explanation.json", "result.json", "report.html"}  # seconds
    then = json.loads(before[out / "result.json"])["explanations"][0]
    assert timeless(read(out)["explanations"][0]) == timeless(then)


def test_nothing_is_stylised(out, monkeypatch):
    run = open_run(out)
    pipeline = build_pipeline(run.load(flags={"explainer": ["gradcam"]}))
    monkeypatch.setattr(pipeline, "generate", lambda *_: pytest.fail("the generator ran"))
    explain_run(run, pipeline)


def test_every_explainer_with_every_score(out):
    scores = {"explainer.score": ["style@relu4_1", "content"]}
    result, made = explained(out, "gradcam", "ablation", **scores, sets=["explainer.ablation.unit=channels"])
    ids = ["gradcam-style-relu4_1", "gradcam-content", "ablation-style-relu4_1", "ablation-content"]
    assert [record["explainer"]["id"] for record in made] == ids
    assert [record["score"]["name"] for record in made] == ["style", "content"] * 2
    assert [record["unit"]["name"] for record in made] == ["layer"] * 2 + ["channels"] * 2
    assert [record["status"] for record in made] == ["done"] * 4
    assert result == read(out)
    assert [record["folder"] for record in result["explanations"]] == [GRADCAM, *(record["folder"] for record in made)]
    for record in made:
        assert read(out / record["folder"], "explanation.json") == record
    assert all(name in (out / "report.html").read_text() for name in ids)


def test_one_record_for_all_scores(out, monkeypatch):
    """The features of content, style and result, and of another style, are computed once for any number of scores."""
    run, roles = open_run(out), []
    pipeline = build_pipeline(run.load(flags={"explainer": ["gradcam"], "explainer.score": ["style", "content"]}))
    extract = pipeline.extract
    monkeypatch.setattr(
        pipeline, "extract", lambda image, layers, role=None: roles.append(role) or extract(image, layers, role)
    )
    explain_run(run, pipeline)
    assert (roles.count("content"), roles.count("stylized"), roles.count("style")) == (1, 1, 2)


@pytest.mark.parametrize("fails", [False, True])
def test_scores_share_what_is_made_again(out, monkeypatch, fails):
    """Each perturbed picture is optimised once for all scores; one that fails costs its own explanation alone."""
    ablation = {"explainer.card": "off"}
    alone = [explained(out, "ablation", **ablation, **{"explainer.score": [name]})[1][0] for name in SCORES]
    pictures = []
    generate, score = Pixels.__call__, Content.__call__

    def made(self, fused, content, context):
        pictures.append(1)
        return generate(self, fused, content, context)

    def scored(self, outputs):
        if fails and pictures:
            raise RuntimeError("the score's own mistake")
        return score(self, outputs)

    monkeypatch.setattr(Pixels, "__call__", made)
    monkeypatch.setattr(Content, "__call__", scored)
    _, records = explained(out, "ablation", **ablation, **{"explainer.score": SCORES})
    rows = alone[0]["provenance"]["evaluations"]
    assert len(pictures) == rows
    assert [record["status"] for record in records] == ["done", "error" if fails else "done", "done"]
    assert [record.get("shared_evaluations") for record in records] == [0, None if fails else rows, rows]
    assert all(same_finding(*pair) for pair in zip(records, alone, strict=True) if pair[0]["status"] == "done")


def test_what_a_stranger_left_is_shared_with_nobody(out, monkeypatch):
    """Rows that were scored while a hook changed the maps are run again for the next score."""

    class Doubling(Broken):
        def explain(self, probe):
            network = probe._pipeline.modules["extractor"]
            network.register_forward_hook(lambda module, given, maps: {name: 2 * maps[name] for name in maps})
            scores = probe.values(torch.zeros(1, *probe.space.shape)).scores[0]
            return Explanation(values=((UnitValue("all", scores.item()),),))

    monkeypatch.setattr("gsx.explaining.probe.CACHED", 1)  # as many rows at once for both: one
    run = open_run(out)
    pipeline = build_pipeline(run.load(flags={"explainer": ["layercam"], "explainer.score": ["style", "content"]}))
    replaced(monkeypatch, pipeline, Doubling)
    for record in explain_run(run, pipeline)[1]:
        assert (record["status"], record["shared_evaluations"]) == ("done", 0)


def test_another_question_under_the_same_name_gets_a_number(out):
    first = explained(out, "ablation", sets=["explainer.ablation.unit=channels"])[1][0]
    other = explained(
        out, "ablation", sets=["explainer.ablation.unit=channels", "explainer.ablation.unit.layer=relu3_1"]
    )[1][0]
    assert other["folder"] == f"{first['folder']}-2"
    again = explained(out, "ablation", sets=["explainer.ablation.unit=channels"])[1][0]
    assert again["folder"] == first["folder"]
    assert len(read(out)["explanations"]) == 3


def test_rounded_pictures_are_said_to_be_rounded(out):
    (out / "inputs" / "exact.safetensors").unlink()
    (record,) = explained(out)[1]
    assert "rounded to 8 bits" in record["notes"][-1]
    assert "contrast" not in record["maps"][0]
    exact = read(out, "result.json")["explanations"][0]["provenance"]["score"][0]
    assert exact == pytest.approx(record["provenance"]["score"][0], rel=0.05)


def test_the_exact_pictures_are_those_of_the_run(out):
    kept = load_file(out / "inputs" / "exact.safetensors")
    assert torch.equal(kept["stylized"], load_file(out / "stylized.safetensors")["stylized"])
    for role in ("content", "style"):
        shown = decode(out / "inputs" / f"{role}.png").image
        assert kept[role].shape == shown.shape
        assert (kept[role] - shown).abs().max() <= 0.5 / 255 + 1e-6
    assert not torch.equal(kept["style"], decode(out / "inputs" / "style.png").image), "a PNG would have done"


@pytest.mark.parametrize("rounded", [False, True])
def test_the_mask_goes_with_the_run(tmp_path, pair, rounded):
    region = torch.zeros(3, 40, 36)
    region[:, :20] = 1
    save_png(region, tmp_path / "mask.png")
    entry = {"name": "layercam", "score": {"name": "region", "where": "mask"}, "unit": "picture"}
    pipeline = build(input={"mask": str(tmp_path / "mask.png")}, explainer=[entry])
    (before,) = run_pair(pipeline, pair, tmp_path / "run")["explanations"]
    if rounded:
        (tmp_path / "run" / "inputs" / "exact.safetensors").unlink()
    (tmp_path / "mask.png").unlink()
    (again,) = explained(tmp_path / "run")[1]
    assert (before["status"], again["status"]) == ("done", "done")
    assert again["provenance"]["score"] == pytest.approx(before["provenance"]["score"], rel=1e-6)


def unrecorded(out):
    """A run folder that knows no hashes of its pictures, so that what is in them is looked at."""
    (out / "result.json").write_text(json.dumps({**read(out), "files": {}}))


def spoil(out, what):
    """Damage one thing of a run folder."""
    if what in ("pictures", "other size", "nan"):
        unrecorded(out)
    if what == "result":
        (out / "result.json").write_text('{"status": "do')
    elif what == "interrupted":
        (out / "result.json").write_text(json.dumps({**read(out), "status": "interrupted"}))
    elif what == "recipe":
        (out / "recipe.json").unlink()
    elif what == "pictures":
        (out / "inputs" / "exact.safetensors").write_bytes(b"\x00" * 20)
    elif what == "picture gone":
        (out / "inputs" / "exact.safetensors").unlink()
        (out / "stylized.safetensors").unlink()
    elif what == "other size":
        tensors = load_file(out / "inputs" / "exact.safetensors")
        save_file({**tensors, "stylized": torch.rand(1, 3, 8, 8)}, out / "inputs" / "exact.safetensors")
    elif what == "nan":
        tensors = load_file(out / "inputs" / "exact.safetensors")
        save_file({**tensors, "style": torch.full((1, 3, 8, 8), torch.nan)}, out / "inputs" / "exact.safetensors")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("result", "result.json cannot be read"),
        ("interrupted", "is interrupted, so its picture is not the one"),
        ("recipe", "recipe.json is missing"),
        ("pictures", "exact.safetensors cannot be read"),
        ("picture gone", "stylized.safetensors is missing"),
        ("other size", "do not belong together"),
        ("nan", "has to be a floating-point image"),
    ],
)
def test_a_folder_that_cannot_be_explained(out, what, said):
    spoil(out, what)
    before = bytes_of(out)
    with pytest.raises(StoreError, match=said):
        explained(out)
    assert bytes_of(out) == before


def test_a_run_that_was_stopped_after_its_picture_can_be_explained(out):
    (out / "result.json").write_text(json.dumps({**read(out), "status": "interrupted", "picture_finished": True}))
    result, (record,) = explained(out)
    assert (result["status"], record["status"]) == ("interrupted", "done")


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(StoreError, match="is not a folder"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(StoreError, match=r"it has no result\.json"):
        open_run(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(StoreError, match="is a training's folder"):
        open_run(tmp_path)


def test_a_folder_of_runs_names_them(pristine):
    with pytest.raises(StoreError) as refusal:
        open_run(pristine.parent)
    assert refusal.value.hint == "It holds runs: out. Name one of them."


def test_a_damaged_recipe(out):
    (out / "recipe.json").write_text("[1, 2]")
    with pytest.raises(RecipeError, match=r"recipe\.json holds no tables"):
        explained(out)
    (out / "recipe.json").write_text("{")
    with pytest.raises(RecipeError, match=r"recipe\.json is not valid JSON"):
        explained(out)


def test_other_weights_are_refused(out):
    result = read(out)
    result["weights"] = {"extractor": {"id": "vgg19-slim", "sha256": "ab" * 32}}
    (out / "result.json").write_text(json.dumps(result))
    with pytest.raises(WeightsError, match=r"extractor has other weights .* sha256 none .* instead of ababababab"):
        explained(out)


@pytest.mark.parametrize("assignment", ["fusion.alpha=0.5", "run.size=64", "run.seed=1", "generator.iterations=9"])
def test_what_made_the_picture_cannot_be_set(out, assignment):
    with pytest.raises(RecipeError, match="is made already, and this belongs to its making"):
        explained(out, sets=[assignment])


def test_another_version_is_noted(out):
    environment = read(out, "env.json")
    (out / "env.json").write_text(json.dumps({**environment, "plugins": ["gsx 0.0.1"]}))
    (record,) = explained(out)[1]
    assert "the run was made with gsx 0.0.1" in record["notes"][-1]


class Broken:
    """An explainer that leaks a hook, changes the mode, and raises."""

    def __init__(self, options):
        pass

    def explain(self, probe):
        network = probe._pipeline.modules["extractor"]
        network.train()
        network.register_forward_hook(lambda *_: None)
        raise RuntimeError("its own mistake")


class Leaky(Broken):
    """The same, but it gives an explanation."""

    def explain(self, probe):
        with pytest.raises(RuntimeError):
            super().explain(probe)
        return Explanation(values=((UnitValue("all", 1.0),),))


def replaced(monkeypatch, pipeline, kind):
    spec = type(pipeline.loaded.recipe.parts.explainers[0].explainer.spec)
    load = spec.load
    monkeypatch.setattr(spec, "load", lambda self: kind if self.name == "layercam" else load(self))


@pytest.mark.parametrize("kind", [Broken, Leaky])
def test_a_strangers_leaks_are_contained_and_named(out, monkeypatch, kind):
    run, before = open_run(out), read(out)["explanations"][0]
    pipeline = build_pipeline(run.load(flags={"explainer": ["layercam", "gradcam"]}))
    replaced(monkeypatch, pipeline, kind)
    bad, good = explain_run(run, pipeline)[1]
    assert good["status"] == "done"
    assert bad["status"] == ("error" if kind is Broken else "done")
    hooks, mode, *_ = bad["left_behind"]
    assert (hooks, mode[:34]) == ("hooks on extractor", "another training mode on extractor")
    assert "left behind: hooks on extractor" in bad["notes"][-1]
    assert "left_behind" not in good
    assert good == read(out)["explanations"][0]
    assert good["provenance"] == before["provenance"]
    network = pipeline.modules["extractor"]
    assert not network._forward_hooks
    assert not network.training


def test_a_failure_does_not_replace_what_was_there(out, monkeypatch):
    (before,) = explained(out, "layercam")[1]
    run = open_run(out)
    pipeline = build_pipeline(run.load(flags={"explainer": ["layercam"]}))
    replaced(monkeypatch, pipeline, Broken)
    (record,) = explain_run(run, pipeline)[1]
    assert record["status"] == "error"
    assert read(out / before["folder"], "explanation.json") == before
    assert read(out)["explanations"][-1] == before


def test_ctrl_c_keeps_what_was_finished(out, monkeypatch):
    run = open_run(out)
    pipeline = build_pipeline(run.load(flags={"explainer": ["ablation", "gradcam"]}))
    write = explain_run_module.write_explanation

    def stopped(folder, pipeline, outputs, part, *rest, **options):
        if part.id == "gradcam":
            raise KeyboardInterrupt
        return write(folder, pipeline, outputs, part, *rest, **options)

    monkeypatch.setattr(explain_run_module, "write_explanation", stopped)
    before = (out / GRADCAM / "explanation.json").read_bytes()
    with pytest.raises(InterruptedRun, match="1 of 2 explanations were finished"):
        explain_run(run, pipeline)
    assert [record["explainer"]["name"] for record in read(out)["explanations"]] == ["gradcam", "ablation"]
    assert (out / GRADCAM / "explanation.json").read_bytes() == before
    assert "ablation" in (out / "report.html").read_text()
    assert not list(out.glob(".*"))


def test_a_folder_that_cannot_be_written_is_no_bug_of_ours(out, monkeypatch):
    usual = Path.mkdir

    def mkdir(self, *args, **kwargs):
        if ".explaining." in str(self):
            raise OSError(errno.EROFS, "Read-only file system")
        return usual(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    before = bytes_of(out)
    with pytest.raises(StoreError, match="cannot be written: Read-only file system"):
        explained(out)
    assert bytes_of(out) == before
