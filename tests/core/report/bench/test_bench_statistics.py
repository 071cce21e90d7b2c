"""Intervals, verdicts, ranks and effects against closed forms, laws and simulations."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import stdtrit

from gsx.report.bench.comparison import compare_benchmarks
from gsx.report.bench.effects import effects, steps, steps_left_out
from gsx.report.bench.pigeonhole import intervals, over
from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.rows import groups_of
from gsx.report.bench.standings import primary_columns, seeds_that_change_nothing, standings
from gsx.report.bench.summary import bests
from gsx.report.bench.table import table_rows
from gsx.report.bench.verdicts import change_between, verdict_of

from .benches import make_bench

VALUES = st.floats(-1e3, 1e3, allow_nan=False).map(lambda value: round(value, 6))
CUBES = arrays(np.float64, st.tuples(st.just(1), *[st.integers(1, 3)] * 3), elements=VALUES)


def test_one_factor_of_many_levels_agrees_with_students_interval():
    values = np.random.default_rng(1).standard_normal(60)
    found = intervals(values.reshape(1, 1, 60, 1), resamples=20000)
    half = stdtrit(59, 0.975) * values.std(ddof=1) / np.sqrt(60)
    assert found.mean[0] == pytest.approx(values.mean())
    assert found.high[0] - found.mean[0] == pytest.approx(half, rel=0.06)
    assert found.mean[0] - found.low[0] == pytest.approx(half, rel=0.06)


def test_a_factor_without_variance_neither_widens_nor_narrows():
    values = np.random.default_rng(2).standard_normal((1, 1, 5, 4))
    same_seeds = np.repeat(values, 3, axis=1)
    one, three = intervals(values, resamples=20000), intervals(same_seeds, resamples=20000)
    assert three.low[0] == pytest.approx(one.low[0], abs=0.05 * (one.high[0] - one.low[0]))
    assert three.high[0] == pytest.approx(one.high[0], abs=0.05 * (one.high[0] - one.low[0]))


@pytest.mark.parametrize(
    ("shape", "spreads"),
    [((3, 4, 4), (0, 1, 1, 0.5)), ((1, 4, 4), (0, 0, 1, 0.2)), ((3, 2, 2), (0, 1, 0, 0.1)), ((1, 2, 1), (0, 1, 0, 0))],
)
def test_intervals_hold_the_truth_at_least_about_as_often_as_they_say(shape, spreads):
    random, trials = np.random.default_rng(3), 800
    total = spreads[3] * random.standard_normal((trials, *shape))
    for factor, spread in enumerate(spreads[:3]):
        levels = [1, 1, 1]
        levels[factor] = shape[factor]
        total = total + spread * random.standard_normal((trials, *levels))
    found = intervals(total)
    held = ((found.low <= 0) & (found.high >= 0)).mean()
    assert held > 0.92  # a plain percentile interval: 0.5 for the last, 0.8 for the others


@settings(max_examples=60, deadline=None)
@given(CUBES, st.floats(0.1, 50), VALUES)
def test_intervals_move_and_stretch_with_their_values(cube, factor, shift):
    one, other = intervals(cube, resamples=50), intervals(cube * factor + shift, resamples=50)
    tolerance = 1e-6 * (1 + factor * np.abs(cube).max() + abs(shift))
    for name in ("mean", "low", "high"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name) * factor + shift, atol=tolerance, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(CUBES)
def test_the_mean_lies_in_its_interval_and_levels_are_counted(cube):
    found = intervals(cube, resamples=200)
    assert tuple(found.levels[0]) == cube.shape[1:]
    if cube.size == 1 or (cube.shape[2:] == (1, 1) and np.ptp(cube) == 0):
        assert np.isnan(found.low[0])
        assert np.isnan(found.high[0])
    else:
        slack = 1e-9 * (1 + np.abs(cube).max())
        assert found.low[0] <= found.mean[0] + slack + 0.5 * np.ptp(cube)
        assert found.low[0] <= found.high[0]


def test_gaps_are_left_out_and_not_taken_for_zero():
    values = np.full((2, 1, 3, 3), 5.0)
    values[0, 0, 0, 1] = np.nan
    values[1] = np.nan
    found = intervals(values)
    assert (found.mean[0], found.low[0], found.high[0]) == (5, 5, 5)
    assert np.isnan([found.mean[1], found.low[1], found.high[1]]).all()
    assert list(found.levels[1]) == [0, 0, 0]


def test_equal_seeds_give_equal_intervals_whatever_rows_are_beside():
    values = np.random.default_rng(4).standard_normal((5, 2, 3, 3))
    many, one = intervals(values), intervals(values[3:4])
    assert many.low[3] == pytest.approx(one.low[0], rel=1e-12)
    assert intervals(values, seed=1).low[3] != many.low[3]


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ((3, 4, 2), "3 seeds × 4 contents × 2 styles"),
        ((1, 4, 2), "4 contents × 2 styles (one seed)"),
        ((1, 1, 1), "no interval: one seed, one content, one style"),
        ((0, 0, 0), "no value"),
    ],
)
def test_what_an_interval_is_over_is_said(levels, said):
    assert over(np.array(levels)) == said


@pytest.mark.parametrize(
    ("low", "high", "direction", "verdict"),
    [
        (-2, -1, "lower", "better"),
        (-2, -1, "higher", "worse"),
        (1, 2, "lower", "worse"),
        (1, 2, "higher", "better"),
        (1, 2, "none", "higher"),
        (-1, 2, "lower", "can't be told apart"),
        (np.nan, np.nan, "lower", "not known"),
    ],
)
def test_verdicts_follow_the_direction(low, high, direction, verdict):
    assert verdict_of(low, high, direction) == verdict


def test_two_contents_that_agree_by_chance_prove_nothing():
    before = np.zeros((1, 2, 1))
    assert change_between(before, np.array([[[-1.0], [-0.6]]]), "lower").verdict == "can't be told apart"


def test_seeds_that_repeat_one_value_prove_nothing(tmp_path):
    """One figure over all pictures, or one pair: three equal seeds are one value, and no interval of no width."""
    same = np.full((3, 1, 1), 0.5)
    assert np.isnan(intervals(np.stack([same, same + 0.1 * np.arange(3).reshape(3, 1, 1)])).low).tolist() == [
        True,
        False,
    ]
    change = change_between(same, same + 0.3, "higher", whole=True)
    assert (change.low, change.verdict) == (None, "not known")

    def value(metric, coordinates, seed, content, style):
        return {"a": 0.5, "b": 0.6, "c": 0.7 + 0.001 * seed}.get(coordinates.get("fusion"), 0.0)

    group = _group(tmp_path / "b", axes={"fusion": ["a", "b", "c"]}, value=value, contents=("cat",), styles=("mosaic",))
    assert standings(group)[0].best.tolist() == [0, 0, 0, 0, 0]


def test_intervals_of_a_metric_decide_what_became_of_it(tmp_path):
    """KID over other pictures would be anything in its interval, however well its seeds agree."""
    axes = {"fusion": ["adain", "wct", "sanet"]}
    folder = make_bench(tmp_path / "b", axes=axes)
    means = {"adain": 0.02, "wct": 0.025, "sanet": 0.09}
    for file in (folder / "cells").glob("*/result.json"):
        result = json.loads(file.read_text())
        mean = means.get(result["coordinates"].get("fusion"), 0.0) + 1e-5 * (result["seed"] or 0)
        result["set"] = {"kid": {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}}
        file.write_text(json.dumps(result))
    group = groups_of(read_benchmark(folder))[0]
    kid = next(one for one in primary_columns(group) if one.metric == "kid")
    changes = {(one.before, one.after): one.change for one in effects(group, [kid])}
    assert changes["adain", "wct"].verdict == "can't be told apart"
    assert (changes["adain", "wct"].low, changes["adain", "wct"].high) == pytest.approx((-0.015, 0.025))
    assert changes["adain", "sanet"].verdict == "worse"
    assert changes["adain", "sanet"].over == "the metric's own intervals"
    found = compare_benchmarks(folder, folder).compared
    assert {one.change.over for one in found if one.column == kid} == {"the metric's own intervals"}


def test_a_change_is_over_what_both_have():
    before, after = np.ones((1, 2, 2)), np.full((1, 2, 2), 3.0)
    before[0, 0, 0], after[0, 1, 1] = np.nan, np.nan
    change = change_between(before, after, "higher")
    assert (change.pairs, change.change, change.verdict) == (2, 2.0, "better")
    assert change_between(np.full((1, 1, 1), np.nan), np.ones((1, 1, 1)), "lower") is None
    assert change_between(before, before, "lower").verdict == "the same"


def _group(folder, **options):
    return groups_of(read_benchmark(make_bench(folder, **options)))[0]


def test_an_axis_effect_is_the_mean_difference_with_all_else_equal(tmp_path):
    def value(metric, coordinates, seed, content, style):
        step = {"adain": 0.0, "wct": -0.12, None: 9.0}[coordinates.get("fusion")]
        return 0.5 + step + coordinates.get("fusion.alpha", 0) * 0.1 + 0.2 * (content == "coffee") + 0.01 * seed

    group = _group(tmp_path / "b", value=value)
    column = next(one for one in primary_columns(group) if one.metric == "style-distance")
    found = {(one.before, one.after): one for one in effects(group, [column])}
    step = found["adain", "wct"]
    assert step.change.change == pytest.approx(-0.12)
    assert (step.change.low, step.change.high) == pytest.approx((-0.12, -0.12))
    assert (step.change.verdict, step.settings, step.agreeing, step.left_out) == ("better", 2, 2, 0)
    assert step.sentence == "going from adain to wct changes style-distance normalised.mean by −0.120 [−0.120, −0.120]"
    assert found["0.5", "1"].change.change == pytest.approx(0.05)
    assert found["0.5", "1"].sentence.startswith("going from fusion.alpha 0.5 to 1 changes")


def test_steps_of_numbers_are_neighbours_and_ends():
    assert steps(["1", "0.25", "0.5"]) == [("0.25", "0.5"), ("0.5", "1"), ("0.25", "1")]
    assert steps(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len(steps([f"n{i}" for i in range(40)])) == 15
    assert steps_left_out(["a", "b", "c"]) == 0
    assert steps(["a"]) == []


def test_ranks_are_ranges_where_rows_cannot_be_told_apart(tmp_path):
    place = {"a": 0.0, "b": 0.0, "c": 1.0}
    random = np.random.default_rng(5)

    def value(metric, coordinates, seed, content, style):
        # Pictures differ a hundred times as much as methods do: only pairs can tell them apart.
        return place.get(coordinates.get("fusion"), 0) + 100 * (content == "coffee") + 0.01 * random.standard_normal()

    group = _group(
        tmp_path / "b", axes={"fusion": ["a", "b", "c"]}, value=value, contents=("astronaut", "coffee", "cat")
    )
    found = standings(group)[0]
    ranks = {row.label: (found.best[at], found.worst[at], found.ties[at]) for at, row in enumerate(group.rows)}
    assert ranks["a"] == ranks["b"] == (1, 2, True)
    assert ranks["c"] == (3, 3, False)
    assert ranks["IDT: content untouched"] == (0, 0, False)


def test_seeds_that_change_nothing_are_noticed(tmp_path):
    group = _group(tmp_path / "same", value=lambda metric, coordinates, seed, content, style: 0.5)
    assert seeds_that_change_nothing(group) == (4, 4)
    assert seeds_that_change_nothing(_group(tmp_path / "other")) == (0, 4)


def test_a_set_metric_keeps_its_own_interval(tmp_path):
    group = _group(tmp_path / "b")
    kid = next(one for one in standings(group, primary_columns(group)) if one.column.metric == "kid")
    assert kid.own
    assert (kid.intervals.mean[2], kid.intervals.low[2], kid.intervals.high[2]) == pytest.approx((0.02, 0.01, 0.03))
    assert [one.figure for one in group.columns if one.metric == "kid"] == ["mean", "low", "high"]
    assert kid.best[2:].tolist() == [1] * 4


def test_no_time_is_said_to_be_negative(tmp_path):
    folder = make_bench(tmp_path / "b", seeds=(0,))
    for file in (folder / "cells").glob("*/result.json"):
        result = json.loads(file.read_text())
        for index, pair in enumerate(result["pairs"]):
            pair["seconds"] = 10.0 if index == 0 else 0.01
        file.write_text(json.dumps(result))
    group = groups_of(read_benchmark(folder))[0]
    (time,) = [one for one in standings(group) if one.column.metric == "time"]
    assert intervals(group.values(time.column)).low.min() < 0
    assert time.intervals.low.min() == 0


def test_figures_over_all_pictures_say_that_seeds_alone_vary(tmp_path):
    folder = make_bench(tmp_path / "b", seeds=(0, 1))
    for file in (folder / "cells").glob("*/result.json"):
        result = json.loads(file.read_text())
        result["set"] = {"kid": {"accuracy": 0.5}}
        file.write_text(json.dumps(result))
    (table,) = table_rows(read_benchmark(folder))
    assert any(note.startswith("kid accuracy is one figure over all pictures at once") for note in table.notes)
    at = next(place for place, title in enumerate(table.headings) if title.startswith("kid"))
    assert {row[at] for row in table.rows} == {"0.500"}


def test_a_metric_without_a_preferred_figure_shows_its_means(tmp_path):
    folder = make_bench(tmp_path / "b", seeds=(0,))
    means = ["activation.mean", "gram.mean"]
    for file in (folder / "cells").glob("*/result.json"):
        result = json.loads(file.read_text())
        result["metrics"].append({**result["metrics"][0], "id": "entropy", "direction": "none"})
        for pair in result["pairs"]:
            pair["figures"]["entropy"] = dict.fromkeys(["activation.relu1_1", *means], 0.5)
        file.write_text(json.dumps(result))
    group = groups_of(read_benchmark(folder))[0]
    assert [one.figure for one in primary_columns(group) if one.metric == "entropy"] == means


def test_gaps_are_marked_and_equals_are_not_ranked(tmp_path):
    folder = make_bench(
        tmp_path / "b",
        axes={"fusion": ["adain", "wct"]},
        seeds=(0,),
        value=lambda metric, coordinates, seed, content, style: 0.5,
        contents=("cat",),
        styles=("mosaic",),
    )
    group = groups_of(read_benchmark(folder))[0]
    assert {best.verdict for best in bests(group, standings(group)) if best.name == "ssim"} == {"all are the same"}
    folder = make_bench(tmp_path / "c", seeds=(0,))
    cell = next(path for path in (folder / "cells").glob("*/result.json") if "wct" in path.read_text())
    result = json.loads(cell.read_text())
    result["pairs"][0]["figures"].pop("ssim")
    result["pairs"][0]["missing"] = {"ssim": "error: it broke"}
    cell.write_text(json.dumps(result))
    (table,) = table_rows(read_benchmark(folder))
    at = next(place for place, title in enumerate(table.headings) if title.startswith("ssim"))
    assert sum("*" in row[at] for row in table.rows) == 1
    assert not any("*" in cell for row in table.rows for cell in (*row[:at], *row[at + 1 :]))
    assert any(note.startswith("* marks a mean over fewer pairs") for note in table.notes)
