"""A distillation from beginning to end, and what it refuses."""

import json

import pytest
import torch
from torch import nn

import gsx.training.distilling.loop as loop
from gsx.errors import ContractError, DivergedError, RecipeError, StoreError, WeightsError
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.plugins import installed_catalog
from gsx.specs.kinds import ExtractorSpec
from gsx.specs.layout import FeatureLayout, Layer
from gsx.training.distilling.components import choose_extractor, common_layout
from gsx.training.distilling.distill import distill
from gsx.weights.files import open_weights

from .training_fakes import make_job, make_pictures, numbers_of, slim


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One longer run that several tests read."""
    tmp_path = tmp_path_factory.mktemp("finished")
    job = make_job(tmp_path, steps=60, evaluate_every=20, lr=1e-2)
    return job, distill(job)


def test_the_loss_falls(finished):
    job, _ = finished
    losses = [sum(line["loss"].values()) for line in numbers_of(job.out) if "loss" in line]
    assert len(losses) == 60
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_it_leaves_whole_files_and_no_pickle(finished):
    job, card = finished
    names = {path.name for path in job.out.iterdir()}
    assert names == {"student.safetensors", "card.json", "card.md", "loss.svg", "metrics.jsonl", "checkpoints"}
    suffixes = {path.suffix for path in job.out.rglob("*") if path.is_file()}
    assert suffixes == {".safetensors", ".json", ".md", ".svg", ".jsonl"}
    assert "<svg" in (job.out / "loss.svg").read_text()
    assert json.loads((job.out / "card.json").read_text()) == card


def test_the_card_states_what_was_made_of_what(finished):
    job, card = finished
    file = open_weights(job.out / "student.safetensors")
    assert card["student"]["sha256"] == file.sha256
    assert card["student"]["bytes"] == file.path.stat().st_size
    assert card["student"]["dtypes"] == ["float16"]
    assert card["data"]["train"] == 6
    assert card["data"]["held_out"] == 2
    assert card["steps"] == 60
    assert card["seconds"] > 0
    assert list(card["cosine"]) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    assert all(abs(cost) < 1e-2 for cost in card["export_cost"].values())
    text = (job.out / "card.md").read_text()
    assert f"{card['cosine']['relu3_1']:.4f}" in text
    assert file.sha256 in text


def test_the_student_is_a_weights_file_of_vgg19(finished):
    job, card = finished
    loaded = load(sets=[f"extractor.weights={job.out / 'student.safetensors'}"])
    pipeline = build_pipeline(loaded)
    assert pipeline.weight_hashes() == {"extractor": card["student"]["sha256"]}


def test_the_stated_cosines_are_those_of_the_file(finished):
    job, card = finished
    from gsx.images import decode
    from gsx.training.distilling.components import build_extractor

    student = choose_extractor(
        "vgg19", {"weights": str(job.out / "student.safetensors")}, installed_catalog(), who="student"
    )
    network, _ = build_extractor(student, torch.device("cpu"), seed=0, who="student")
    teacher, _ = build_extractor(job.teacher, torch.device("cpu"), seed=job.settings.seed, who="teacher")
    values = []
    for number in (6, 7):
        image = decode(job.folders[0] / f"picture_{number}.png").image
        with torch.no_grad():
            ours, theirs = network.eval()(image, ["relu4_1"]), teacher.eval()(image, ["relu4_1"])
        values.append(torch.cosine_similarity(ours["relu4_1"], theirs["relu4_1"], dim=1).mean().item())
    assert sum(values) / 2 == pytest.approx(card["cosine"]["relu4_1"], abs=2e-4)


def test_unreadable_pictures_are_skipped_and_listed(tmp_path):
    job = make_job(tmp_path, steps=1)
    good = (job.folders[0] / "picture_0.png").read_bytes()
    (job.folders[0] / "cut.png").write_bytes(good[: len(good) // 2])
    (job.folders[0] / "empty.jpg").write_bytes(b"")
    card = distill(job)
    assert {item["file"] for item in card["data"]["skipped"]} == {"cut.png", "empty.jpg"}
    assert "cut.png" in (job.out / "card.md").read_text()
    assert card["data"]["train"] == 6


class Two(nn.Module):
    """An extractor of another layout, and one that gives no module."""


def extractor(*layers):
    spec = ExtractorSpec(name="other", summary="", target="x:Y", layout=lambda options: FeatureLayout(layers))
    chosen = slim()
    return type(chosen)(spec, spec.options(weights="random"), "test", "0", "other")


def test_unequal_layouts_are_refused_with_the_difference(tmp_path):
    job = make_job(tmp_path)
    job.teacher = extractor(Layer("relu1_1", 64, 1), Layer("relu2_1", 100, 2), Layer("extra", 5, 4))
    with pytest.raises(ContractError) as refusal:
        distill(job)
    assert "relu2_1: teacher 100 channels at stride 2, student 128 channels at stride 2" in str(refusal.value)
    assert "extra: teacher 5 channels at stride 4, student has no such layer" in str(refusal.value)
    assert not job.out.exists()


def test_layouts_restricted_to_the_same_layers_are_equal():
    layers = ("relu1_1", "relu3_1")
    assert list(common_layout(slim(layers=layers), slim(layers=layers))) == list(layers)
    with pytest.raises(ContractError, match="relu2_1"):
        common_layout(slim(), slim(layers=layers))


def test_order_counts():
    one, two = Layer("a", 1, 1), Layer("b", 1, 2)
    with pytest.raises(ContractError, match="order"):
        common_layout(extractor(one, two), extractor(two, one))


def test_a_loss_that_is_no_number_stops_it_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    original = loop.regression_loss
    calls = []

    def sometimes_nan(*arguments):
        calls.append(1)
        losses = original(*arguments)
        return {name: value * float("nan") for name, value in losses.items()} if len(calls) == 7 else losses

    monkeypatch.setattr(loop, "regression_loss", sometimes_nan)
    job = make_job(tmp_path)
    with pytest.raises(DivergedError, match="step 7"):
        distill(job)
    assert [path.name for path in (job.out / "checkpoints").iterdir()] == ["00000004"]
    assert not (job.out / "student.safetensors").exists()


def test_an_output_that_exists_is_refused(tmp_path):
    job = make_job(tmp_path)
    make_pictures(job.out, count=1)
    with pytest.raises(StoreError, match="--resume"):
        distill(job)


def test_a_student_without_parameters_is_refused(tmp_path, monkeypatch):
    import gsx.training.distilling.distill as module

    monkeypatch.setattr(module, "build_extractor", lambda *a, **k: (nn.Identity(), None))
    with pytest.raises(WeightsError, match="no parameters"):
        distill(make_job(tmp_path))


def test_settings_out_of_range_are_recipe_errors():
    from gsx.recipe.validate import validate
    from gsx.training.distilling.settings import DistillSettings

    with pytest.raises(RecipeError, match=r"train\.crop"):
        validate(DistillSettings, {"crop": 33}, where="train")
    with pytest.raises(RecipeError, match="lr"):
        choose_extractor("vgg19-slim", {"lr": 1}, installed_catalog(), who="student")
