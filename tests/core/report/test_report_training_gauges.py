"""Which gauge is a warning: the rule of the screen, in the page."""

import pytest

from gsx.report.traingauges import MEANINGS

from .pages import plain
from .trainings import change, gauge, line, note, page_of, rewrite

WARNING = "Warning: diversity is 0.01, and should be at least 0.02."
NOT_YET = "diversity is 0.01, not yet within its bound (at least 0.02)."


def diversity(step, value):
    return {"step": step, "gauges": [gauge("diversity", value, value >= 0.02, bound="at least 0.02", advice="Try.")]}


@pytest.mark.parametrize(
    ("readings", "warned"),
    [
        ([(10, 0.01)], False),
        ([(10, 0.01), (19, 0.01)], False),
        ([(20, 0.01)], True),
        ([(5, 0.2), (10, 0.01)], True),
        ([(5, 0.01), (7, 0.2), (10, 0.01)], True),
    ],
)
def test_a_training_has_to_learn_before_it_can_collapse(folder, readings, warned):
    rewrite(folder, [diversity(*reading) for reading in readings])
    text = plain(page_of(folder))
    assert (WARNING in text) is warned
    assert (NOT_YET in text) is not warned
    assert (f"diversity {MEANINGS['diversity']} 0.01 at least 0.02 past its bound Try." in text) is warned
    assert (" 0.01 at least 0.02 not yet within its bound" in text) is not warned
    assert "No gauge is past its bound." not in text


def test_another_gauge_that_was_healthy_does_not_count(folder):
    rewrite(folder, [{"step": 5, "gauges": [gauge("strength order", -1.0, True)]}, diversity(10, 0.01)])
    assert WARNING not in plain(page_of(folder))


@pytest.mark.parametrize("steps", [None, "x"])
def test_without_the_length_of_the_training_it_is_a_warning(folder, steps):
    change(folder, train={"steps": steps})
    rewrite(folder, [diversity(1, 0.01)])
    assert WARNING in plain(page_of(folder))


def pull(step, **shares):
    item = line(step, 1.0, None)
    item["attribution"]["generator"]["share"] = shares
    return item


@pytest.mark.parametrize(
    ("shares", "dead"),
    [
        ({"gram": 0.0, "content": 0.0}, True),
        ({"gram": 0.0, "content": 1.0}, False),
        ({"gram": None}, False),
        ({}, False),
    ],
)
def test_a_generator_that_nothing_pulls_at_is_dead(folder, shares, dead):
    note(folder, pull(21, **shares), {"step": 22, "terms": {"gram": 1.0}})
    text = plain(page_of(folder))
    assert ("No term pulls at the generator any more: its gradient is zero" in text) is dead
    assert ("smaller train.generator.lr" in text) is dead


def test_a_generator_that_lives_again_is_not_dead(folder):
    note(folder, pull(21, gram=0.0), pull(22, gram=1.0))
    assert "No term pulls" not in page_of(folder)


def test_each_gauge_is_explained_beside_its_name(folder):
    rewrite(folder, [{"step": 20, "gauges": [gauge(name, 0.5) for name in (*MEANINGS, "a stranger's")]}])
    page = page_of(folder)
    for name, meaning in MEANINGS.items():
        assert f"{name} {meaning} 0.50" in plain(page)
    assert page.count("<small>") == len(MEANINGS), "a gauge that is not known has no sentence"
    assert "a stranger's 0.50" in plain(page)


@pytest.mark.parametrize(("step", "said"), [(20, "Warning: diversity has no reading: NaN."), (5, "diversity has no")])
def test_a_gauge_without_a_number_may_be_a_warning(folder, step, said):
    broken = gauge("diversity", None, False, reason="NaN")
    rewrite(folder, [{"step": step, "gauges": [broken]}])
    text = plain(page_of(folder))
    assert said in text
    assert ("Warning" in text) is (step == 20)
    assert "not applicable" not in text


def test_what_plugins_did_wrong_is_said(folder):
    (folder / "card.json").write_text('{"plugin_problems": ["plugin bad: gsx_run_end raised ValueError: <b>"]}')
    assert "plugin bad: gsx_run_end raised ValueError: &lt;b&gt;." in page_of(folder)
    change(folder, "card.json", plugin_problems=3)
    assert "<h1>" in page_of(folder)
