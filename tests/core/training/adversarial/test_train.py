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
    InterruptedRun,
    RecipeError,
    WeightsError,
)
from gsx.report import write_report
from gsx.training.adversarial.train import train
from gsx.training.screen import SilentScreen

from .training_toys import TABLES, Stopper, assert_same, make_job, steps_of, tensors_of

HERE = Path(__file__).parent


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
    if step == 3:
        write_report(job.out)  # of what was noted so far; it is in nobody's way
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


def test_the_recipe_may_not_change_on_the_way(tmp_path, whole):
    job = make_job(tmp_path, out="whole", loss=[{"name": "gram", "weight": 3}], train={"batch": 3})
    with pytest.raises(RecipeError) as caught:
        train(job, resume=True)
    assert "train.batch: begun with 2, now 3" in caught.value.message
    assert re.search(r"loss\.gram\.weight: begun with \S+, now 3\.0\n", caught.value.message)


def test_more_steps_are_no_other_recipe(tmp_path, whole):
    assert train(make_job(tmp_path, out="whole", train={"steps": 14}), resume=True)["steps"] == 14
    with pytest.raises(RecipeError, match=r"train\.steps: 14 are done already, now 13"):
        train(make_job(tmp_path, out="whole", train={"steps": 13}), resume=True)


def test_another_version_of_a_plugin_is_told(tmp_path, whole):
    path = whole / "checkpoints" / "00000012" / "state.json"
    state = json.loads(path.read_text())
    [name] = state["versions"]
    state["versions"][name] = "0.0.1"
    path.write_text(json.dumps(state))
    job = make_job(tmp_path, out="whole")
    train(job, resume=True)
    [told] = [text for text in job.screen.notes if "version" in text]
    assert told.startswith(f"taken up with another version of {name}: begun with 0.0.1, now ")


def test_a_damaged_checkpoint_is_named(tmp_path, whole):
    (whole / "checkpoints/00000012/generator.safetensors").write_bytes(b"x")
    with pytest.raises(WeightsError, match="00000012"):
        train(make_job(tmp_path, out="whole"), resume=True)
    shutil.rmtree(whole / "checkpoints/00000012")
    train(make_job(tmp_path, out="whole"), resume=True)


def test_from_a_notebook(tmp_path, whole):
    tables = {**TABLES, "input": {"content": str(tmp_path / "content")}}
    card = gsx.train(tmp_path / "notebook", recipe=tables, style=tmp_path / "style")
    assert card["sha256"] == json.loads((whole / "card.json").read_text())["sha256"]


def test_a_discriminator_that_never_took_a_step_does_not_ship(tmp_path):
    card = train(make_job(tmp_path, train={"adversarial_from": 1.0}))
    assert card["discriminator"] is None
    assert not [
        key for key in tensors_of(tmp_path / "run") if key[0] == "generator.safetensors" and "discriminator" in key[1]
    ]


def test_a_note_is_a_warning_in_a_notebook():
    with pytest.warns(UserWarning, match="diversity is 0.01"):
        SilentScreen().note("diversity is 0.01")


def test_without_a_gan(tmp_path):
    job = make_job(tmp_path, discriminator={"name": None}, adversarial={"name": None})
    card = train(job)
    assert card["discriminator"] is None
    assert {line["phase"] for line in steps_of(job.out)} == {"A", "B"}
    assert not [key for key in tensors_of(job.out) if "discriminator" in key[1]]


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
