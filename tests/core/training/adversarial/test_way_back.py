"""From a checkpoint of a training that is not finished, or went wrong, to another one, or to a picture."""

import json
import re
import shutil

import pytest
import torch

import gsx
from gsx.errors import CollapsedError, RecipeError
from gsx.training.adversarial.gauges.gauge import Gauge
from gsx.training.adversarial.gauges.panel import Panel
from gsx.training.adversarial.train import train
from gsx.training.checkpoint import steps_kept

from .training_toys import TABLES, make_job, tensors_of

SMALL = {"train": {"steps": 1, "generator": {"lr": 1e-12}, "reconstruct": 0}}


def unfinished(whole):
    """As an interruption at step 8 leaves it."""
    for path in ("generator.safetensors", "card.json", "checkpoints/00000012"):
        shutil.rmtree(whole / path) if (whole / path).is_dir() else (whole / path).unlink()
    return whole


def averaged(whole):
    tensors = tensors_of(whole / "checkpoints" / "00000008")
    prefix = "module."
    return {key.removeprefix(prefix): value for (file, key), value in tensors.items() if file == "average.safetensors"}


@pytest.mark.parametrize("place", ["", "checkpoints/00000008", "checkpoints/00000008/average.safetensors"])
def test_a_training_that_is_not_finished_can_be_trained_from_and_used(tmp_path, whole, place):
    weights = str(unfinished(whole) / place)
    train(make_job(tmp_path, "further", generator={"weights": weights}, **SMALL))
    ours = tensors_of(tmp_path / "further")
    for name, value in averaged(whole).items():
        if name != "n_averaged":
            torch.testing.assert_close(ours["generator.safetensors", f"generator.{name}"], value, rtol=0, atol=1e-9)
    pipeline = gsx.Pipeline.from_recipe(
        {"extractor": TABLES["extractor"], "generator": {"weights": weights}, "explainer": [], "metric": []}
    )
    assert torch.equal(
        dict(pipeline.modules["generator"].state_dict())["entry.weight"], averaged(whole)["entry.weight"]
    )


def test_the_last_healthy_checkpoint_stays_and_is_named(tmp_path, monkeypatch):
    """Gauges are well at step 4, and past their bound from step 8 on; of checkpoints two stay otherwise."""

    def read(self, lines, step, batch):
        return [Gauge("diversity", 0.5 if step <= 4 else 0.0, step <= 4, "at least 0.02", "Try.")]

    monkeypatch.setattr(Panel, "read", read)
    job = make_job(tmp_path, train={"gauge_every": 4, "checkpoint_every": 2, "steps": 20})
    train(job)
    assert steps_kept(job.out) == [4, 18, 20]
    again = make_job(tmp_path, "again", train={"gauge_every": 4, "checkpoint_every": 2, "steps": 20})
    again.stop_on_collapse = True
    with pytest.raises(CollapsedError) as caught:
        train(again)
    (weights,) = re.findall(r"--set generator\.weights=(\S+)", caught.value.hint)
    assert weights.endswith("again/checkpoints/00000004")
    train(make_job(tmp_path, "anew", generator={"weights": weights}, **SMALL))


def test_what_was_well_is_known_without_the_metrics(tmp_path, monkeypatch):
    """What was never well counts from halfway on only; what was, at once: also after the file of metrics is lost."""
    monkeypatch.setattr(Panel, "read", lambda self, lines, step, batch: [Gauge("diversity", 0.5, step <= 4)])
    tables = {"gauge_every": 4, "steps": 40}
    job = make_job(tmp_path, train=tables)
    job.screen.at, job.screen.action = 5, lambda screen: setattr(screen, "stop", True)
    with pytest.raises(Exception, match="Interrupted"):
        train(job)
    (job.out / "metrics.jsonl").unlink()
    again = make_job(tmp_path, train=tables)
    again.stop_on_collapse = True
    with pytest.raises(CollapsedError, match="Stopped at step 8 of 40"):
        train(again, resume=True)
    assert "metrics.jsonl is missing, so the curves begin anew." in again.screen.notes


def test_more_steps_may_not_send_it_back_to_an_earlier_phase(tmp_path, whole):
    assert json.loads((whole / "recipe.json").read_text())["train"]["adversarial_from"] == 0.3
    with pytest.raises(RecipeError, match=r"train\.steps: step 12 is in phase C, and would be in B again"):
        train(make_job(tmp_path, out="whole", train={"steps": 100}), resume=True)


def test_a_copy_of_a_checkpoint_is_not_taken_for_one(tmp_path, whole):
    shutil.copytree(whole / "checkpoints" / "00000012", whole / "checkpoints" / "00000012.bak")
    train(make_job(tmp_path, out="whole", train={"steps": 13}), resume=True)
    assert (whole / "checkpoints" / "00000012.bak").is_dir()


def test_which_pictures_are_others_is_named(tmp_path, whole):
    (tmp_path / "style" / "4.png").unlink()
    with pytest.raises(RecipeError, match=r"pictures, style: begun with 4 and 1 held out, of sha256 .*, now 3 and 1 "):
        train(make_job(tmp_path, out="whole", train={"steps": 14}), resume=True)
