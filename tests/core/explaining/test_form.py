"""What maps and rows say of themselves: refused where it is not of its type, honoured where it is."""

import math

import numpy
import pytest
import torch

from gsx.errors import PluginError
from gsx.explaining.card.attribution import attribution
from gsx.explaining.explain import _negligible
from gsx.explaining.form import check_form
from gsx.specs.explanation import Explanation, HeatMap, UnitValue


def heat(value=1.0, **says):
    return HeatMap(torch.full((1, 2, 2), value), "stylized", "x", **says)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Explanation(maps={"m": heat(quantity="scores")}), "map 'm' shows 'scores', expected one of score, picture"),
        (Explanation(maps={"m": heat(says=("a", "b"))}), "map 'm' has to say three things"),
        (Explanation(maps={"m": heat(says=("a", "b", 3))}), "map 'm' has to say three things"),
        (Explanation(answers=("a", "b")), "answers have to be one text per sample, 1 here"),
        (Explanation(answers=(3,)), "answers have to be one text per sample"),
        (Explanation(answers="a"), "answers have to be one text per sample"),
        (Explanation(beside=((), ())), "beside has rows for 2 samples, expected 1"),
        (Explanation(values=((), ())), "values has rows for 2 samples, expected 1"),
        (Explanation(values=(("a",),)), "a row of values is 'a', expected a UnitValue"),
        (Explanation(values=((UnitValue("a", math.nan),),)), "'a'.* has score_change nan, expected a finite number"),
        (Explanation(values=((UnitValue("a", 1.0, torch.ones(1)),),)), "'a'.* has image_change tensor"),
        (Explanation(beside=((UnitValue("a", 1.0, figures={"x": math.inf}),),)), "a row of beside .'a'.* has x inf"),
        (Explanation(maps=None), "maps have to be a dict, not NoneType"),
        (Explanation(maps={"m": torch.ones(1, 2, 2)}), "map 'm' holds Tensor, expected a HeatMap"),
        (Explanation(maps={"m": HeatMap(numpy.ones((1, 2, 2)), "style", "x")}), "map 'm' holds ndarray"),
        (Explanation(maps={"m": HeatMap(torch.ones(1, 0, 0), "style", "x")}), r"has shape \(1, 0, 0\)"),
        (Explanation(maps={"m": HeatMap(torch.ones(1, 2, 2) * 1j, "style", "x")}), "holds complex numbers"),
        (Explanation(maps={"m": HeatMap(torch.ones(1, 2, 2), "nowhere", "x")}), "lies on 'nowhere', expected one of"),
    ],
)
def test_refused(found, said):
    with pytest.raises(PluginError, match=said):
        check_form(found, "mine", 1)


def test_what_a_map_says_unless_told_is_safe():
    plain = heat()
    assert (plain.quantity, plain.adds_up, plain.says) == ("score", False, None)
    check_form(Explanation(maps={"m": plain, "n": heat(quantity="other", says=("", "", "x"))}), "mine", 1)
    check_form(Explanation(answers=("",), beside=((UnitValue("a", 1.0, figures={"x": 2.0}),),)), "mine", 1)


def test_the_card_tries_the_map_of_the_score():
    class Anywhere:
        lies_on, base = "stylized", torch.zeros(1)

        class space:  # noqa: N801 - as a probe has it
            names = ()

    found = Explanation(maps={"first": heat(1.0, quantity="picture"), "second": heat(2.0)})
    assert attribution(found, Anywhere).values.unique().tolist() == [2.0]


def test_a_map_of_something_else_is_not_measured_on_the_scores_scale():
    base = torch.zeros(1)
    assert _negligible(Explanation(maps={"m": heat(1e-4), "n": heat(9.0, quantity="picture")}), base, 0.02)
    assert not _negligible(Explanation(maps={"n": heat(1e-4, quantity="other")}), base, 0.02)
    assert not _negligible(Explanation(maps={"m": heat(1.0)}), base, 0.02)
