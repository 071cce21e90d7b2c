"""How much the adversarial loss counts in a step, and in a map of pressure: weight x ramp x schedule."""

import pytest
import torch

from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.pressure import pressure_maps

from .test_step import BATCH, CONTENT, STYLE, STYLISE, build

FIXED = {"name": "hinge", "weight": 0.8}


def phase(share, progress=0.0):
    return Phase("C", "stylise", "content", share, progress)


@pytest.mark.parametrize("share", [0.25, 1.0])
@pytest.mark.parametrize(
    ("schedule", "progress", "factor"), [(None, 0.3, 1.0), ("ramp:0-0.4", 0.1, 0.25), ("decay:0-1", 0.9, 0.1)]
)
def test_in_a_step_it_is_weight_times_ramp_times_schedule(tmp_path, share, schedule, progress, factor):
    step, _, _ = build(tmp_path, adversarial={**FIXED, "schedule": schedule} if schedule else FIXED)
    assert step(phase(share, progress), BATCH).numbers["adversarial weight"] == pytest.approx(0.8 * share * factor)


def test_the_value_that_is_logged_and_the_gradient_that_is_taken_count_by_it(tmp_path):
    terms, gradients = {}, {}
    for share in (0.5, 1.0):
        step, networks, _ = build(tmp_path, adversarial=FIXED, train={"augment": [], "generator": {"clip": 0}})
        step.terms._losses = step.terms._losses[:1]
        terms[share] = step(phase(share), BATCH).terms["adversarial"]
        gradients[share] = torch.cat([value.grad.flatten() for value in networks.generator.parameters()])
    step, networks, _ = build(tmp_path, adversarial=FIXED, train={"augment": [], "generator": {"clip": 0}})
    step.terms._losses = step.terms._losses[:1]
    step(phase(0.0), BATCH)
    alone = torch.cat([value.grad.flatten() for value in networks.generator.parameters()])
    assert terms[1.0] == pytest.approx(2 * terms[0.5], rel=1e-4)
    torch.testing.assert_close(gradients[1.0] - alone, 2 * (gradients[0.5] - alone), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("share", "schedule", "factor"), [(0.25, None, 0.25), (1.0, "ramp:0-1", 0.4), (0.0, None, 0)])
def test_in_a_map_of_pressure_too(tmp_path, share, schedule, factor):
    def pressed(share, schedule):
        step, networks, _ = build(tmp_path, adversarial={**FIXED, "schedule": schedule} if schedule else FIXED)
        return pressure_maps(step, networks, CONTENT[:1], STYLE[:1], phase(share, 0.4))[1]

    whole, part = pressed(1.0, None), pressed(share, schedule)
    assert whole["adversarial"].sum() > 0
    torch.testing.assert_close(part.get("adversarial", torch.zeros(4, 4)), factor * whole["adversarial"])
    torch.testing.assert_close(part["content"], whole["content"])


@pytest.mark.parametrize("pull", [0.05, 3.0])
def test_the_recipe_says_how_hard_it_may_pull(tmp_path, pull):
    step, _, _ = build(tmp_path, train={"adversarial_pull": pull, "adversarial_limit": 1e9})
    numbers = step(STYLISE, BATCH).numbers
    assert numbers["adversarial weight"] == pytest.approx(pull * numbers["pull"] / numbers["adversarial pull"])


@pytest.mark.parametrize("limit", [1e-6, 1e-3])
def test_the_recipe_says_how_large_it_may_become(tmp_path, limit):
    step, _, _ = build(tmp_path, train={"adversarial_limit": limit})
    assert step(STYLISE, BATCH).numbers["adversarial weight"] == pytest.approx(limit)
