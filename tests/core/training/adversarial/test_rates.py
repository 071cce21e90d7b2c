"""Each network learns at its own rate, by its own averages, along the schedule that was asked for."""

import math

import pytest

from gsx.training.adversarial.step import Figures, Step
from gsx.training.interrupt import StopRequest

from .training_toys import make_job, make_trainer

PEAKS = {"generator": 3e-3, "discriminator": 5e-4}


def cosine(progress):
    return 0.5 * (1 + math.cos(math.pi * progress))


def rates_of(tmp_path, monkeypatch, **options):
    """The rate of both networks in each of twelve steps."""
    own = {name: {"lr": peak} for name, peak in PEAKS.items()}
    trainer = make_trainer(make_job(tmp_path, train={**own, "sample_every": 99, "gauge_every": 99, **options}))
    seen = {name: [] for name in PEAKS}

    def note(self, phase, batch, **named):
        for name, optimizer in self.optimizers.items():
            seen[name].append(optimizer.param_groups[0]["lr"])
        return Figures(phase.name)

    monkeypatch.setattr(Step, "__call__", note)
    trainer.run(StopRequest(), {})
    return seen


@pytest.mark.parametrize(
    ("schedule", "shape"), [("cosine", cosine), ("constant", lambda progress: 1.0)], ids=["cosine", "constant"]
)
def test_each_network_follows_the_schedule_from_its_own_peak(tmp_path, monkeypatch, schedule, shape):
    found = rates_of(tmp_path, monkeypatch, schedule=schedule, warmup=0.0)
    for name, peak in PEAKS.items():
        assert found[name] == pytest.approx([peak * shape(step / 12) for step in range(12)])


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_the_rates_rise_at_first(tmp_path, monkeypatch, schedule):
    found = rates_of(tmp_path, monkeypatch, schedule=schedule, warmup=0.5)
    for name, peak in PEAKS.items():
        assert found[name][1:7] == pytest.approx([peak * step / 6 for step in range(1, 7)])
        assert found[name][-1] == pytest.approx(peak if schedule == "constant" else peak * cosine(5 / 6))


def test_each_network_averages_gradients_by_its_own_betas(tmp_path):
    betas = {"generator": (0.8, 0.95), "discriminator": (0.3, 0.997)}
    own = {name: {"beta1": one, "beta2": two} for name, (one, two) in betas.items()}
    trainer = make_trainer(make_job(tmp_path, train=own))
    assert {name: item.param_groups[0]["betas"] for name, item in trainer.optimizers.items()} == betas


def test_by_default_the_discriminator_forgets_sooner(tmp_path):
    trainer = make_trainer(make_job(tmp_path))
    first = {name: item.param_groups[0]["betas"][0] for name, item in trainer.optimizers.items()}
    assert first == {"generator": 0.9, "discriminator": 0.5}


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_each_optimiser_moves_its_own_network(tmp_path, name):
    trainer = make_trainer(make_job(tmp_path))
    held = {id(value) for group in trainer.optimizers[name].param_groups for value in group["params"]}
    assert held == {id(value) for value in getattr(trainer.networks, name).parameters()}


def test_no_step_of_a_warm_up_is_wasted(tmp_path):
    for schedule in ("constant", "cosine"):
        assert make_trainer(make_job(tmp_path, train={"warmup": 0.5, "schedule": schedule})).rate("generator") > 0
