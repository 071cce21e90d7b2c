"""Which step does what."""

import pytest

from gsx.errors import RecipeError
from gsx.pipeline.load import load
from gsx.recipe.train_section import TrainSection
from gsx.training.adversarial.phases import phase_at

SECTION = TrainSection(steps=100, reconstruct=0.1, adversarial_from=0.5, ramp=10, identity_every=4)


def names(section=SECTION, judged=True):
    return "".join(phase_at(section, step, judged=judged).name for step in range(section.steps))


def test_three_phases():
    assert names() == "A" * 10 + "B" * 40 + "C" * 50
    assert names(judged=False) == "A" * 10 + "B" * 90


def test_phase_a_reconstructs_both_domains_by_turns():
    tasks = [phase_at(SECTION, step, judged=True) for step in range(10)]
    assert [(task.goal, task.domain) for task in tasks[:3]] == [
        ("reconstruct", "content"),
        ("reconstruct", "style"),
        ("reconstruct", "content"),
    ]
    assert {task.goal for task in tasks} == {"reconstruct"}


def test_later_every_fourth_step_reconstructs_both_domains_by_turns():
    tasks = {step: phase_at(SECTION, step, judged=True) for step in range(12, 40)}
    assert [step for step, task in tasks.items() if task.goal == "reconstruct"] == [12, 16, 20, 24, 28, 32, 36]
    assert [tasks[step].domain for step in (12, 16, 20, 24)] == ["style", "content", "style", "content"]
    never = SECTION.model_copy(update={"identity_every": 0})
    assert {phase_at(never, step, judged=True).goal for step in range(10, 100)} == {"stylise"}


def test_the_adversarial_share_is_ramped_in():
    shares = [phase_at(SECTION, step, judged=True).adversarial for step in range(48, 62)]
    assert shares == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1])
    at_once = SECTION.model_copy(update={"ramp": 0})
    assert phase_at(at_once, 50, judged=True).adversarial == 1


def test_phases_out_of_order_are_refused():
    with pytest.raises(RecipeError, match="adversarial_from comes before reconstruct ends"):
        load(sets=["train.reconstruct=0.6"], training=True)
