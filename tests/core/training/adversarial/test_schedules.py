"""Weights that change over a training."""

import json

import pytest

from gsx.errors import RecipeError
from gsx.pipeline.load import load
from gsx.training.adversarial.schedules import factor
from gsx.training.adversarial.train import train

from .training_toys import make_job


@pytest.mark.parametrize(
    ("schedule", "at", "wanted"),
    [
        (None, 0.3, 1.0),
        ("ramp:0.2-0.6", 0.1, 0.0),
        ("ramp:0.2-0.6", 0.3, 0.25),
        ("ramp:0.2-0.6", 0.9, 1.0),
        ("decay:0.5-1", 0.5, 1.0),
        ("decay:0.5-1", 0.75, 0.5),
        ("decay:0.5-1", 1.0, 0.0),
        ("ramp:0.5-0.5", 0.49, 0.0),
        ("ramp:0.5-0.5", 0.5, 1.0),
    ],
)
def test_factor(schedule, at, wanted):
    assert factor(schedule, at) == pytest.approx(wanted)


@pytest.mark.parametrize("schedule", ["ramp", "ramp:1", "rise:0-1", "ramp:0.2-3", "ramp:-1-1", "cosine"])
def test_another_form_is_refused(schedule):
    with pytest.raises(RecipeError, match=r"loss\.tv\.schedule"):
        load(tables={"loss": [{"name": "tv", "schedule": schedule}]}, training=True)


def test_in_a_training(tmp_path):
    losses = [{"name": "content"}, {"name": "tv", "weight": 5.0, "schedule": "ramp:0.5-0.5"}]
    job = make_job(tmp_path, loss=losses, train={"identity_every": 0, "adversarial_from": 0.8})
    train(job)
    lines = [json.loads(line) for line in (job.out / "metrics.jsonl").read_text().splitlines()]
    values = {line["step"]: line["terms"]["tv"] for line in lines if "tv" in line.get("terms", {})}
    assert {step for step, value in values.items() if value == 0} == {3, 4, 5, 6}
    assert all(values[step] > 0 for step in range(7, 13))
