"""The sentence of an explanation: shares only of values of one sign, and always which score and which baseline."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsx.report.sentence import NINTHS, map_sentence, values_sentence

EVEN = [1.0] * 9
NOTHING = [0.0] * 9


def alone(place, rest=0.0):
    return [1.0 if name == place else rest for name in NINTHS]


@pytest.mark.parametrize(
    ("changes", "additive", "said"),
    [
        (
            [0.2, 0.61, 0.19],
            True,
            "Of the s score's gain over the content baseline, b carries 61 %, and a 20 %.",
        ),
        (
            [-0.2, -0.61, -0.19],
            True,
            "Of the s score's loss against the content baseline, b carries 61 %, and a 20 %.",
        ),
        (
            [0.25, 0.75],
            False,
            "Against the content baseline, one unit at a time, b raises the s score the most, by 0.750, then a, by "
            "0.250.",
        ),
        (
            [-0.75, -0.25],
            False,
            "Against the content baseline, one unit at a time, a lowers the s score the most, by 0.750, then b, by "
            "0.250.",
        ),
        (
            [0.5, -0.25, 0.1],
            True,
            "Against the content baseline, a raises the s score the most, by 0.500, and b lowers it the most, by "
            "0.250.",
        ),
        (
            [-3, 2, 1],
            False,
            "Against the content baseline, a lowers the s score the most, by 3.00, and b raises it the most, by 2.00.",
        ),
        (
            [0, 0.2],
            False,
            "Against the content baseline, one unit at a time, b raises the s score the most, by 0.200, and no other "
            "unit changes it.",
        ),
        ([0, 0], True, "Against the content baseline, no unit changes the s score."),
        ([0.3], True, "Against the content baseline, a raises the s score by 0.300."),
        ([-0.3], False, "Against the content baseline, a lowers the s score by 0.300."),
        ([0.3, 0], True, "Of the s score's gain over the content baseline, a carries 100 %."),
        # What float32 leaves of nothing is not a sign of its own.
        ([0.5, -1e-9], True, "Of the s score's gain over the content baseline, a carries 100 %."),
    ],
)
def test_every_case_of_signs(changes, additive, said):
    values = list(zip("abc", changes, strict=False))
    assert values_sentence(values, "s", "content", additive=additive) == said


def test_no_values_no_sentence():
    assert values_sentence([], "s", "content", additive=True) == ""


CHANGES = st.lists(st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3), min_size=1, max_size=6)


@given(CHANGES, st.booleans())
def test_a_percentage_only_where_all_add_up_and_share_a_sign(changes, additive):
    values = [(f"u{index}", change) for index, change in enumerate(changes)]
    said = values_sentence(values, "the-score", "zero", additive=additive)
    least = 1e-6 * max(map(abs, changes))
    signs = {change > 0 for change in changes if abs(change) > least}
    assert "the-score" in said
    assert "the zero baseline" in said
    assert ("%" in said) == (additive and len(signs) == 1 and len(changes) > 1)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=5), st.sampled_from([1e-12, 1e-3, 1e6]))
def test_shares_do_not_depend_on_the_scale_of_the_score(changes, factor):
    values = [(f"u{index}", factor * change) for index, change in enumerate(changes)]
    said = values_sentence(values, "s", "zero", additive=True)
    unit, share = re.search(r"(u\d) carries (?:over )?([\d.]+) %", said).groups()
    assert changes[int(unit[1])] == max(changes)
    assert float(share) == pytest.approx(100 * max(changes) / sum(changes), abs=0.51)


@pytest.mark.parametrize("place", NINTHS)
def test_where_a_map_is_gathered(place):
    said = map_sentence(alone(place), NOTHING, "style picture", "s", "zero")
    assert said == (
        f"On the style picture, 100 % of what raises the s score lies in the {place} (against the zero baseline)."
    )


def test_both_signs_have_a_place_each_the_larger_first():
    small, large = alone("centre"), alone("upper left", rest=0.125)
    said = map_sentence(small, large, "stylised picture", "s", "content")
    assert said == (
        "On the stylised picture, 50 % of what lowers the s score lies in the upper left; 100 % of what raises it lies "
        "in the centre (against the content baseline)."
    )
    said = map_sentence(large, small, "stylised picture", "s", "content")
    assert said.startswith("On the stylised picture, 50 % of what raises the s score lies in the upper left; 100 %")


def test_a_map_of_something_else_does_not_speak_of_the_score():
    says = ("is attended to", "is left out")
    said = map_sentence(alone("centre"), alone("left"), "style picture", "s", "", says=says)
    assert said == (
        "On the style picture, 100 % of what is attended to lies in the centre; 100 % of what is left out lies in the "
        "left."
    )
    assert "left out" not in map_sentence(alone("centre"), alone("left"), "p", "s", "", says=("is attended to", ""))


def test_a_map_below_zero_names_the_score():
    said = map_sentence(NOTHING, alone("right"), "stylised picture", "s", "content")
    assert said.startswith("On the stylised picture, 100 % of what lowers the s score lies in the right")


def test_an_even_map_is_said_to_be_even():
    said = map_sentence(EVEN, [1e-3] * 9, "stylised picture", "s", "content")
    assert said == (
        "On the stylised picture, what raises the s score is spread out: no ninth of the picture holds more than 11 % "
        "of it (against the content baseline)."
    )


def test_a_map_of_zeros_has_no_sentence():
    assert map_sentence(NOTHING, NOTHING, "stylised picture", "s", "content") == ""
