"""Trainings that cannot be, or go wrong: folders, pictures, components, numbers, a full disk."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gsx.errors import (
    ContractError,
    DivergedError,
    ImageError,
    PluginError,
    RecipeError,
    StoreError,
    WeightsError,
)
from gsx.images import save_png
from gsx.training.adversarial.train import train

from .training_toys import Stopper, make_job, make_pictures, tensors_of

HERE = Path(__file__).parent


def test_a_folder_that_is_taken(tmp_path, whole):
    with pytest.raises(StoreError, match="exists already") as caught:
        train(make_job(tmp_path, out="whole"))
    assert "--resume" in caught.value.hint


def test_two_trainings_into_one_folder(tmp_path):
    job = make_job(tmp_path)

    def second(screen):
        with pytest.raises(StoreError, match="in use by another training"):
            train(make_job(tmp_path), resume=True)
        screen.met = True

    job.screen = Stopper(2, second)
    train(job)
    assert job.screen.met


@pytest.mark.parametrize("side", ["content", "style"])
def test_an_empty_folder(tmp_path, side):
    job = make_job(tmp_path)
    shutil.rmtree(tmp_path / side)
    (tmp_path / side).mkdir()
    with pytest.raises(ImageError, match="has no pictures"):
        train(job)
    assert not job.out.exists(), "a refusal leaves nothing, so that the same command works afterwards"


def test_one_style_beside_a_discriminator_that_looks_at_it(tmp_path):
    make_pictures(tmp_path / "style", 1, seed=1)
    judge = {"name": "style-patchgan", "base_channels": 4, "layers": 2, "scales": 1}
    with pytest.raises(ImageError, match="needs two style pictures"):
        train(make_job(tmp_path, discriminator=judge, train={"held_out_share": 0.0}))


def test_to_resume_in_a_folder_of_something_else(tmp_path):
    make_job(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.json").write_text("mine")
    with pytest.raises(StoreError, match="holds no checkpoint, and other things"):
        train(make_job(tmp_path), resume=True)
    assert (tmp_path / "run" / "recipe.json").read_text() == "mine"


def test_strips_are_shown_as_squares(tmp_path):
    """A picture may be thinner than what the networks take at least; every one of them is held out and shown."""
    for side in ("content", "style"):
        (tmp_path / side).mkdir()
        for number in range(3):
            save_png(torch.rand(1, 3, 20 + number, 700), tmp_path / side / f"{number}.png")
    card = train(make_job(tmp_path, train={"held_out": ["1.png", "2.png"], "held_out_share": 0.0, "longest": 400}))
    assert card["data"]["content"]["held_out"] == 2


@pytest.mark.parametrize("key", ["seconds", "scalers", "recipe", "random", "sha256", "step", "versions"])
def test_a_state_that_lacks_something(tmp_path, whole, key):
    path = whole / "checkpoints" / "00000012" / "state.json"
    state = json.loads(path.read_text())
    del state[key]
    path.write_text(json.dumps(state))
    with pytest.raises(WeightsError, match=f"00000012 cannot be read: '{key}' is missing"):
        train(make_job(tmp_path, out="whole"), resume=True)


def test_a_checkpoint_that_was_tampered_with(tmp_path, whole):
    path = whole / "checkpoints" / "00000012" / "average.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WeightsError, match=r"average\.safetensors was changed"):
        train(make_job(tmp_path, out="whole"), resume=True)


def test_one_picture_and_some_that_are_none(tmp_path):
    job = make_job(tmp_path)
    for path in sorted((tmp_path / "style").iterdir())[1:]:
        path.write_bytes(path.read_bytes()[:60])
    card = train(job)
    assert card["data"]["style"]["train"] + card["data"]["style"]["held_out"] == 1
    assert len(card["data"]["style"]["unusable"]) == 4


def test_pictures_smaller_than_the_crop(tmp_path):
    make_pictures(tmp_path / "content", count=3)
    train(make_job(tmp_path, train={"steps": 2, "crop": 96, "checkpoint_every": 2}))


def test_numbers_that_stay_broken_stop_it(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "gsx_losses.content.Content.__call__", lambda self, outputs: outputs.stylized.mean(dim=(1, 2, 3)) * torch.nan
    )
    job = make_job(tmp_path, train={"bad_steps": 3, "steps": 30, "identity_every": 0, "checkpoint_every": 1})
    with pytest.raises(DivergedError, match="the last of 3 bad steps in a row that stylise"):
        train(job)
    kept = tensors_of(job.out)
    assert kept
    assert all(value.isfinite().all() for value in kept.values() if value.is_floating_point())


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("gsx_losses.content.Content.__call__", "loss 'content' (of gsx"),
        ("gsx_losses.hinge.Hinge.generator", "loss 'hinge' (of gsx"),
        ("gsx_fusions.adain.Adain.__call__", "fusion 'adain' (of gsx"),
        ("gsx_discriminators.patchgan.Patchgan.forward", "discriminator 'patchgan' (of gsx"),
        ("gsx_generators.resnet.Resnet.forward", "generator 'resnet' (of gsx"),
        ("gsx_losses.hinge.Hinge.__init__", "loss 'hinge' (of gsx"),
        ("gsx_losses.content.Content.__init__", "loss 'content' (of gsx"),
        ("gsx_fusions.adain.Adain.__init__", "fusion 'adain' (of gsx"),
        ("gsx_discriminators.patchgan.Patchgan.__init__", "discriminator 'patchgan' (of gsx"),
    ],
)
def test_a_component_that_fails_is_named(tmp_path, monkeypatch, target, said):
    def fails(*given, **named):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(target, fails)
    with pytest.raises(PluginError, match=re.escape(said)) as caught:
        train(make_job(tmp_path, train={"adversarial_from": 0.0, "reconstruct": 0.0}))
    assert "ZeroDivisionError: by zero" in caught.value.message


def test_a_broken_step_now_and_then_is_counted(tmp_path, monkeypatch):
    from gsx_losses.content import Content

    plain, calls = Content.__call__, []

    def sometimes(self, outputs):
        calls.append(1)
        return plain(self, outputs) * (torch.nan if len(calls) == 2 else 1)

    monkeypatch.setattr(Content, "__call__", sometimes)
    assert train(make_job(tmp_path))["skipped_steps"] == {"content": 1}


@pytest.mark.parametrize(("files", "kept"), [(7, ["00000004"]), (2, [])])
def test_a_disk_that_fills_up_keeps_the_last_checkpoint(tmp_path, monkeypatch, files, kept):
    """At the first one too, of which nothing is left but what was noted until then."""
    from safetensors.torch import save_file

    calls = []

    def full(tensors, path, *more):
        calls.append(path)
        if len(calls) > files:
            raise OSError(28, "No space left on device")
        save_file(tensors, path, *more)

    monkeypatch.setattr("gsx.training.checkpoint.save_file", full)
    often = {"explain_every": 2, "reconstruct": 0.0}
    job = make_job(tmp_path, train=often)
    with pytest.raises(StoreError, match="No space left"):
        train(job)
    assert [path.name for path in job.out.glob("checkpoints/*")] == kept
    assert (job.out / "metrics.jsonl").exists()
    monkeypatch.undo()
    train(make_job(tmp_path, train=often), resume=True)


@pytest.mark.parametrize("side", ["content", "style"])
def test_a_recipe_without_folders(tmp_path, side):
    job = make_job(tmp_path, input={({"content", "style"} - {side}).pop(): str(tmp_path)})
    with pytest.raises(RecipeError, match=f"names no folder of {side} pictures") as caught:
        train(job)
    assert f"--{side} FOLDER" in caught.value.hint
    assert not job.out.exists()


def test_components_that_do_not_train(tmp_path):
    with pytest.raises(ContractError, match="'pixels' learns nothing"):
        train(make_job(tmp_path, generator={"name": "pixels"}))
    with pytest.raises(ContractError, match="'hinge' needs a discriminator"):
        train(make_job(tmp_path, discriminator={"name": None}))


def test_a_crop_that_the_networks_cannot_take(tmp_path):
    judge = {"name": "multiscale-patchgan", "layers": 3, "scales": 2}
    with pytest.raises(ContractError, match="needs pictures of at least 47 px") as caught:
        train(make_job(tmp_path, discriminator=judge))
    assert "train.crop" in caught.value.hint
    job = make_job(tmp_path)
    job.loaded = replace(job.loaded, plan=replace(job.loaded.plan, multiple=64))
    with pytest.raises(ContractError, match="needs a multiple of 64") as caught:
        train(job)
    assert "train.crop=64" in caught.value.hint
    assert not job.out.exists()
