"""A training from folders to a generator that gsx run uses; stopped, killed, and taken up again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import gsx
from gsx.errors import (
    ContractError,
    DivergedError,
    ImageError,
    InterruptedRun,
    PluginError,
    RecipeError,
    StoreError,
    WeightsError,
)
from gsx.training.adversarial.train import train

from .training_toys import TABLES, Stopper, make_job, make_pictures, tensors_of

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures, and a training on them that nothing interrupted."""
    folder = tmp_path_factory.mktemp("made")
    train(make_job(folder, out="whole"))
    return folder


@pytest.fixture
def whole(made, tmp_path):
    """A copy of that training in the test's own folder, with the same pictures."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "whole"


def numbers_of(folder):
    """metrics.jsonl without the clock."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def steps_of(folder):
    """The lines of steps, without those of gauges."""
    return [line for line in numbers_of(folder) if "terms" in line]


def assert_same(one, other):
    """Bit for bit: weights, averages, optimisers, random states, metrics and contact sheets."""
    ours, theirs = tensors_of(one), tensors_of(other)
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert numbers_of(one) == numbers_of(other)
    for sheet in (one / "sheets").iterdir():
        assert sheet.read_bytes() == (other / "sheets" / sheet.name).read_bytes()


def test_what_it_leaves(whole):
    card = json.loads((whole / "card.json").read_text())
    assert {path.name for path in whole.iterdir()} == {
        "card.json",
        "checkpoints",
        "env.json",
        "generator.safetensors",
        "metrics.jsonl",
        "pressure",
        "recipe.json",
        "report.html",
        "sheets",
    }
    assert card["steps"] == 12
    assert card["levels"] == ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
    assert card["data"]["content"]["train"] + card["data"]["content"]["held_out"] == 5
    assert [line["phase"] for line in steps_of(whole)] == [*"AA", *"BB", *"CCCCCCCC"]
    assert [path.name for path in sorted((whole / "checkpoints").iterdir())] == ["00000008", "00000012"]


def test_the_same_seed_gives_the_same(tmp_path, whole):
    job = make_job(tmp_path, out="again")
    train(job)
    assert_same(job.out, whole)


def test_another_seed_gives_another(tmp_path, whole):
    job = make_job(tmp_path, out="other", run={"seed": 1})
    train(job)
    ours, theirs = tensors_of(job.out), tensors_of(whole)
    assert any(not torch.equal(ours[key], theirs[key]) for key in ours if key[0] == "generator.safetensors")


@pytest.mark.parametrize("step", [3, 6, 10])
def test_after_sigkill(tmp_path, whole, step):
    """Before the first checkpoint it begins anew; later it goes on from the last one."""
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        import torch
        torch.set_num_threads(1)
        from gsx.training.adversarial.train import train
        from training_toys import Stopper, make_job
        job = make_job(Path(sys.argv[2]))
        job.screen = Stopper(int(sys.argv[3]), lambda screen: os.kill(os.getpid(), signal.SIGKILL))
        train(job)
    """)
    arguments = [sys.executable, "-c", program, str(HERE), str(tmp_path), str(step)]
    done = subprocess.run(arguments, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    job = make_job(tmp_path)
    assert not (job.out / "generator.safetensors").exists()
    train(job, resume=True)
    assert_same(job.out, whole)


def test_after_ctrl_c(tmp_path, whole):
    job = make_job(tmp_path)
    job.screen = Stopper(6, lambda screen: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(InterruptedRun, match="step 6 of 12"):
        train(job)
    job = make_job(tmp_path)
    train(job, resume=True)
    ours, theirs = tensors_of(job.out), tensors_of(whole)
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs if "checkpoints" not in key[0])


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_taken_up_too(tmp_path, precision):
    """In fp16 the first steps overflow, until the scale of the gradients is low enough; it is in the checkpoint."""
    settings = {"precision": precision, "steps": 30, "checkpoint_every": 10, "sample_every": 30}
    card = train(make_job(tmp_path, "whole", train=settings))
    assert all(what.endswith("in fp16") for what in card["skipped_steps"])
    assert bool(card["skipped_steps"]) == (precision == "fp16")
    job = make_job(tmp_path, "parts", train=settings)
    with pytest.raises(InterruptedRun):
        train(replace(job, screen=Stopper(20, lambda screen: setattr(screen, "stop", True))))
    train(job, resume=True)
    assert_same(tmp_path / "whole", tmp_path / "parts")


def test_taking_up_what_is_finished_changes_nothing(tmp_path, whole):
    before = (whole / "generator.safetensors").read_bytes()
    train(make_job(tmp_path, out="whole"), resume=True)
    assert (whole / "generator.safetensors").read_bytes() == before


def test_gsx_run_uses_it(whole):
    pipeline = gsx.Pipeline.from_recipe({"extractor": TABLES["extractor"], "generator": {"weights": str(whole)}})
    assert pipeline.loaded.recipe.parts.generator.name == "resnet"
    assert pipeline.loaded.recipe.parts.generator.options.channels == 8
    tensors = tensors_of(whole)
    for name, value in pipeline.modules["generator"].state_dict().items():
        assert torch.equal(value, tensors["generator.safetensors", f"generator.{name}"])
    assert pipeline.weights["generator"].sha256 == json.loads((whole / "card.json").read_text())["sha256"]
    content, style = torch.rand(1, 3, 32, 48), torch.rand(1, 3, 40, 32)
    explanation = gsx.explain(
        pipeline, content, style, score="realism", unit={"name": "layer", "layer": "relu3_1", "role": "style"}
    )
    assert explanation.provenance["score"][0] == pytest.approx(
        pipeline.discriminate(pipeline(content, style).stylized, style)[0].mean().item(), rel=1e-4
    )


def test_it_begins_with_a_checkpoint_that_is_named(tmp_path, whole):
    begun = {"generator": {"weights": str(whole)}, "train": {"steps": 2, "generator": {"lr": 1e-12}, "reconstruct": 0}}
    card = train(make_job(tmp_path, "further", **begun))
    assert card["begun_with"] == json.loads((whole / "card.json").read_text())["sha256"]
    ours, theirs = (tensors_of(folder) for folder in (tmp_path / "further", whole))
    for key in theirs:
        if key[0] == "generator.safetensors" and key[1].startswith("generator."):
            torch.testing.assert_close(ours[key], theirs[key], rtol=0, atol=1e-9)
    (whole / "generator.safetensors").write_bytes((tmp_path / "further" / "generator.safetensors").read_bytes())
    with pytest.raises(RecipeError, match=r"generator\.weights: begun with"):
        train(make_job(tmp_path, "further", **begun), resume=True)


@pytest.mark.parametrize(
    ("tables", "error", "said"),
    [
        ({"generator": {"name": "unet"}}, RecipeError, "generator.name is 'unet' in the recipe, and 'resnet' in the"),
        ({"generator": {"channels": 9}}, RecipeError, "generator.channels is 9 in the recipe, and 8 in the checkpoint"),
        (
            {"run": {"seed": 0}, "extractor": {"name": "vgg19"}},
            WeightsError,
            "was trained on maps of extractor weights",
        ),
    ],
)
def test_a_checkpoint_that_does_not_fit(whole, tables, error, said):
    tables = {"extractor": TABLES["extractor"], **tables}
    tables["generator"] = {"weights": str(whole), **tables.get("generator", {})}
    with pytest.raises(error, match=said):
        gsx.Pipeline.from_recipe(tables)


def test_a_checkpoint_that_is_damaged(whole):
    path = whole / "generator.safetensors"
    tables = {"extractor": TABLES["extractor"], "generator": {"weights": str(path)}}
    data = path.read_bytes()
    for damaged in (b"", data[:100], data[: len(data) // 2], b"x" * 200):
        path.write_bytes(damaged)
        with pytest.raises(WeightsError, match=r"generator\.safetensors"):
            gsx.Pipeline.from_recipe(tables)


def test_the_recipe_may_not_change_on_the_way(tmp_path, whole):
    job = make_job(tmp_path, out="whole", loss=[{"name": "gram", "weight": 3}], train={"batch": 3})
    with pytest.raises(RecipeError) as caught:
        train(job, resume=True)
    assert "train.batch: begun with 2, now 3" in caught.value.message
    assert "loss: begun with" in caught.value.message


def test_more_steps_are_no_other_recipe(tmp_path, whole):
    assert train(make_job(tmp_path, out="whole", train={"steps": 14}), resume=True)["steps"] == 14
    with pytest.raises(RecipeError, match=r"train\.steps: 14 are done already, now 13"):
        train(make_job(tmp_path, out="whole", train={"steps": 13}), resume=True)


def test_a_damaged_checkpoint_is_named(tmp_path, whole):
    (whole / "checkpoints/00000012/generator.safetensors").write_bytes(b"x")
    with pytest.raises(WeightsError, match="00000012"):
        train(make_job(tmp_path, out="whole"), resume=True)
    shutil.rmtree(whole / "checkpoints/00000012")
    train(make_job(tmp_path, out="whole"), resume=True)


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
        "gsx_losses.content.Content.__call__", lambda self, outputs: outputs.stylized.mean() * torch.nan
    )
    job = make_job(tmp_path, train={"bad_steps": 3, "steps": 30, "identity_every": 0, "checkpoint_every": 1})
    with pytest.raises(DivergedError, match="content was NaN or infinite in 3 steps in a row"):
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


def test_a_disk_that_fills_up_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    from safetensors.torch import save_file

    calls = []

    def full(tensors, path):
        calls.append(path)
        if len(calls) > 7:
            raise OSError(28, "No space left on device")
        save_file(tensors, path)

    monkeypatch.setattr("gsx.training.checkpoint.save_file", full)
    job = make_job(tmp_path)
    with pytest.raises(StoreError, match="No space left"):
        train(job)
    assert [path.name for path in (job.out / "checkpoints").iterdir()] == ["00000004"]
    monkeypatch.undo()
    train(make_job(tmp_path), resume=True)


@pytest.mark.parametrize("side", ["content", "style"])
def test_a_recipe_without_folders(tmp_path, side):
    job = make_job(tmp_path, input={({"content", "style"} - {side}).pop(): str(tmp_path)})
    with pytest.raises(RecipeError, match=f"names no folder of {side} pictures") as caught:
        train(job)
    assert f"--{side} FOLDER" in caught.value.hint
    assert not job.out.exists()


def test_from_a_notebook(tmp_path, whole):
    tables = {**TABLES, "input": {"content": str(tmp_path / "content")}}
    card = gsx.train(tmp_path / "notebook", recipe=tables, style=tmp_path / "style")
    assert card["sha256"] == json.loads((whole / "card.json").read_text())["sha256"]


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


def test_without_a_gan(tmp_path):
    job = make_job(tmp_path, discriminator={"name": None}, adversarial={"name": None})
    card = train(job)
    assert card["discriminator"] is None
    assert {line["phase"] for line in steps_of(job.out)} == {"A", "B"}
    assert not [key for key in tensors_of(job.out) if "discriminator" in key[1]]


@pytest.mark.parametrize("loss", ["hinge", "wgan-gp"])
def test_a_discriminator_that_looks_at_the_style(tmp_path, loss):
    judge = {"name": "style-patchgan", "base_channels": 4, "layers": 2, "scales": 1}
    train(make_job(tmp_path, discriminator=judge, adversarial={"name": loss}, train={"r1": 1.0}))
    told = [
        line["numbers"]["accuracy of styles"]
        for line in steps_of(tmp_path / "run")
        if line["phase"] == "C" and "discriminator" in line["terms"]
    ]
    assert told
    pipeline = gsx.Pipeline.from_recipe(
        {"extractor": TABLES["extractor"], "generator": {"weights": str(tmp_path / "run")}}
    )
    content, *styles = (torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(seed)) for seed in range(3))
    logits = [pipeline.discriminate(content, style)[0] for style in styles]
    assert not torch.equal(*logits)
    outputs = pipeline(content, styles[0])
    assert torch.equal(outputs.logits[0], pipeline.discriminate(outputs.stylized, styles[0])[0])


@pytest.mark.parametrize("loss", ["bce", "lsgan", "hinge", "wgan-gp"])
@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_every_loss_and_generator(tmp_path, loss, generator):
    job = make_job(
        tmp_path,
        generator={"name": generator, "channels": 8},
        adversarial={"name": loss},
        train={"steps": 6, "reconstruct": 0.0, "adversarial_from": 0.0, "checkpoint_every": 6},
    )
    train(job)
    assert all("adversarial" in line["terms"] for line in steps_of(job.out) if "content" in line["terms"])
