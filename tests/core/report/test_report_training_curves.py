"""The curves of a training: which are drawn, on which axis, and what is left out."""

import json
import re
import warnings

import pytest

from gsx.report.folder import FolderReader
from gsx.report.scales import scale_of
from gsx.report.trainplots import draw_plots

from .pages import plain
from .trainings import gauge, page_of, rewrite

PAID = ("pixels", "features", "content", "mean-std", "gram", "tv")
JUDGED = ("discriminator", "penalty", "adversarial")


def terms(step, penalty=0.0, **values):
    """A line of a default training with a discriminator."""
    found = {**dict.fromkeys(PAID, 1.0), "discriminator": 2.0, "penalty": penalty, "adversarial": -0.5, **values}
    return {"step": step, "terms": found}


def plots_of(folder, lines):
    rewrite(folder, lines)
    reader = FolderReader(folder)
    return {plot.title: plot for plot in draw_plots(reader, reader.lines("metrics.jsonl"))}


def labels(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_term_of_a_default_training_is_drawn_but_the_constant_zero(folder):
    plot = plots_of(folder, [terms(step) for step in range(1, 4)])["The terms"]
    assert {curve.name for curve in plot.curves.curves} == {*PAID, "discriminator", "adversarial"}
    assert plot.curves.hidden == 0
    assert "Always 0, and so not drawn: penalty." in plot.hint


def test_with_a_penalty_the_two_sides_of_the_game_are_drawn(folder):
    plot = plots_of(folder, [terms(step, penalty=0.1 * step) for step in range(1, 4)])["The terms"]
    assert {"discriminator", "adversarial"} < {curve.name for curve in plot.curves.curves}
    assert plot.curves.hidden == 1
    assert "Always 0" not in plot.hint


def test_a_term_that_is_zero_only_at_first_is_drawn(folder):
    plot = plots_of(folder, [terms(1), terms(2, penalty=3.0)])["The terms"]
    assert "Always 0" not in plot.hint


def test_terms_that_are_all_zero_are_drawn(folder):
    plot = plots_of(folder, [{"step": step, "terms": {"gram": 0.0}} for step in (1, 2)])["The terms"]
    assert [curve.name for curve in plot.curves.curves] == ["gram"]


def test_pairs_with_the_adversarial_term_are_drawn(folder):
    names = ("content", "mean-std", "gram", "tv", "adversarial")
    pairs = [f"{one} | {other}" for place, one in enumerate(names) for other in names[place + 1 :]]
    line = {"step": 1, "attribution": {"generator": {"cosine": dict.fromkeys(pairs, 0.5)}}}
    plot = plots_of(folder, [line])["With or against each other"]
    drawn = {curve.name for curve in plot.curves.curves}
    assert {pair for pair in pairs if "adversarial" in pair} < drawn
    assert plot.curves.hidden == len(pairs) - len(drawn) == 2


@pytest.mark.parametrize(
    ("values", "kind", "linear_within"),
    [
        ([1.0, 2.0], "linear", 0),
        ([1.0, 2.0, 20.0], "log", 0),
        ([0.0, 1.0, 50.0], "linear", 0),
        ([-0.5, 1.0, 2.0, 1480.0], "symlog", 1.0),
        ([0.0, 0.03, 0.04, 1480.0], "symlog", 0.01),
        ([-3.0, -1.0], "linear", 0),
        ([0.0, 0.0], "linear", 0),
        ([1e-320, 1.0, 2.0], "symlog", 1.0),
        ([], "linear", 0),
    ],
)
def test_scales(values, kind, linear_within):
    scale = scale_of(values)
    assert (scale.kind, scale.linear_within) == (kind, pytest.approx(linear_within))


def test_one_early_spike_does_not_flatten_the_others(folder):
    lines = [terms(step, gram=1480.0 if step == 20 else 2.0, adversarial=-5.0) for step in range(10, 210, 10)]
    plot = plots_of(folder, lines)["The terms"]
    assert plot.curves.logarithmic
    assert {"−1", "0", "1", "10", "100", "1,000"} <= set(labels(plot.curves.wide))
    assert "The axis is logarithmic (linear between −1 and 1)." in plain(page_of(folder))


def test_shares_cosines_and_gauges_keep_a_linear_axis(folder):
    places = {"share": {"a": 0.001, "b": 0.999}, "cosine": {"a | b": 0.001, "a | c": 0.9, "b | c": -0.1}}
    lines = [{"step": 1, "attribution": {"generator": places}}]
    lines += [{"step": 2, "gauges": [gauge("diversity", 0.001), gauge("retrieval", 0.9)]}]
    plots = plots_of(folder, lines)
    assert len(plots) == 3
    assert not any(plot.curves.logarithmic for plot in plots.values())


@pytest.mark.parametrize("step", [0, 4, 12345, 2_000_000])
def test_a_single_line_has_its_own_step_below_it(folder, step):
    curves = plots_of(folder, [{"step": step, "terms": {"gram": 1.0}}])["The terms"].curves
    for drawing in (curves.wide, curves.narrow):
        words = labels(drawing)
        assert words[: words.index("step")] == [str(step)]


def test_names_of_the_default_terms_are_whole_on_a_narrow_screen(folder):
    curves = plots_of(folder, [terms(1), terms(2)])["The terms"].curves
    assert {*PAID, "discriminator", "adversarial"} <= set(labels(curves.narrow))


@pytest.mark.parametrize("huge", [1e308, -1e308, 10**400])
def test_numbers_too_large_to_draw_are_left_out_and_named(folder, huge):
    lines = [terms(step, gram=huge, tv=0.5 * step) for step in range(1, 600)]
    shares = {"share": {"gram": huge}, "cosine": {"gram | tv": huge}}
    lines += [{"step": 600, "attribution": {"generator": shares}, "gauges": [gauge("diversity", huge, True)]}]
    lines += [{**terms(huge), "seconds": huge}]
    rewrite(folder, lines)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = plain(page_of(folder))
    assert "metrics.jsonl: numbers beyond ±10³⁹ are left out." in text
    assert "600 of 40 steps so far." in text
    assert "gram went from" not in text
    assert "tv went from" in text


@pytest.mark.parametrize("values", [(3e38, -3e38), (3e38, 1e-320), (1e-320, 1e-310, 0.0), (1e-320, 1e-310)])
def test_numbers_at_the_ends_of_what_can_be_measured_are_drawn(folder, values):
    rewrite(folder, [{"step": 1, "terms": {str(place): value for place, value in enumerate(values)}}] * 250)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = page_of(folder)
    assert "left out" not in page
    assert "NaN" not in page
    assert page.count("<svg") == 2


def test_a_run_with_a_huge_loss_has_a_page(run):
    lines = [{"step": step, "loss": 1e308 if step == 1 else 2.0} for step in (1, 2, 3)]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    text = plain(page_of(run))
    assert "metrics.jsonl: numbers beyond ±10³⁹ are left out." in text
    assert "over 3 steps" in text
