"""Counterfactuals of curves whose crossings are known."""

import pytest
import torch

from gsx_explainers.counterfactual import Counterfactual
from gsx_explainers.options import CounterfactualOptions

from .function_probe import FunctionProbe, game


def explain(probe, **options):
    return Counterfactual(CounterfactualOptions(**options)).explain(probe)


def of(curve):
    """A probe whose score is a function of α."""
    return game(lambda s: curve(s.mean(1)), 3)


def alpha(found):
    return found.provenance["alpha"][0]


@pytest.mark.parametrize("reach", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_square(reach, sign):
    """α² reaches a share r of its way at √r, rising or falling, whatever the score's offset."""
    found = explain(of(lambda a: sign * a.square() - 10), reach=reach, precision=1e-4)
    assert reach**0.5 - 1e-6 <= alpha(found) <= reach**0.5 + 1e-4
    assert found.provenance["target"] == [pytest.approx(sign * reach - 10, abs=1e-5)]


def test_the_answer_is_alpha():
    """2 α − 1 reaches 0 half way."""
    found = explain(of(lambda a: 2 * a - 1), value=0.0, precision=1e-3)
    assert found.answers == (
        "The score first reaches the target of 0 at α = 0.5, on the way of deep of the stylised picture from the "
        "baseline (α = 0, score -1) to what it is (α = 1, score 1).",
    )
    assert found.values[0][0].figures == {"α": pytest.approx(0.5, abs=1e-3), "target score": 0.0}


def test_an_absolute_target():
    assert alpha(explain(of(lambda a: 4 * a), value=3.0, precision=1e-3)) == pytest.approx(0.75, abs=1e-3)
    assert alpha(explain(of(lambda a: 4 * a - 1), value=-1.0)) == 0


def test_the_smallest_of_several():
    """Up to 1 at α = 0.25, down to 0 at 0.5, up again."""
    found = explain(of(lambda a: torch.sin(torch.pi * 2 * a) + a * 0), value=0.9, grid=41, precision=1e-4)
    assert alpha(found) == pytest.approx(0.1782, abs=1e-3)  # asin(0.9) / 2π


def test_a_target_that_is_never_reached_is_null():
    found = explain(of(lambda a: 4 * a), value=5.0)
    assert found.null
    assert "never reaches 5 between the baseline of deep of the stylised picture and the pass as it is" in (
        found.null_reason
    )
    assert "it gets to 4" in found.null_reason
    assert found.provenance["reached"] == [False]
    assert found.provenance["curve"] == [pytest.approx([0.4 * k for k in range(11)], abs=1e-6)]


def test_a_score_that_does_not_change_is_null():
    found = explain(of(lambda a: 0 * a + 3))
    assert found.null
    assert "moved the score" in found.null_reason


def test_samples_are_searched_apart():
    value = torch.ones(3, 1, 2, 2)

    def score(activation):
        own = activation.mean((1, 2, 3))
        return torch.stack([own[0], own[1].square(), 0.2 * own[2]])

    found = explain(FunctionProbe(score, value), value=0.25, precision=1e-4)
    assert found.provenance["alpha"] == [pytest.approx(0.25, abs=2e-4), pytest.approx(0.5, abs=2e-4), None]
    assert any("Null for sample 2" in note for note in found.notes)
    assert [bool(answer) for answer in found.answers] == [True, True, False]
    assert found.values[2][0].figures == {}
    assert [row[0].score_change for row in found.values] == pytest.approx([1, 1, 0.2])


def test_it_reads_no_more_than_it_declares():
    from gsx_explainers import gsx_explainers

    (spec,) = (spec for spec in gsx_explainers() if spec.name == "counterfactual")
    for given in ({}, {"grid": 2, "precision": 0.3}, {"grid": 101, "precision": 0.01}):
        probe = of(lambda a: a)
        explain(probe, **given)
        assert len(probe.rows) == spec.evaluations(CounterfactualOptions(**given), 3)
