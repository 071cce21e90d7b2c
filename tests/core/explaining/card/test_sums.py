"""infidelity and completeness: additive claims, right and wrong."""

import pytest
import torch

from gsx.explaining.card import infidelity
from gsx.explaining.card.case import Case

from .card_toys import SPEC, Game, card, claim, contributions


@pytest.mark.parametrize("shape", [(1, 9, 12), (2, 10)])
@pytest.mark.parametrize("start", [0.0, -40.0])
@pytest.mark.parametrize("level", ["quick", "full"])
def test_the_true_contributions(shape, start, level):
    truth = contributions(*shape) + 0.3
    checks = card(Game(truth, start), claim(truth, additive=True), level)
    for name in ("infidelity", "completeness"):
        assert checks[name].value == pytest.approx(0, abs=1e-4)
        assert checks[name].verdict == "pass"


@pytest.mark.parametrize("factor", [0.0, 2.0, -1.0])
def test_wrong_by_a_factor(factor):
    """The sum then misses |1 − factor| of the change."""
    truth = contributions(1, 10) + 0.5
    checks = card(Game(truth), claim(truth * factor, additive=True))
    assert checks["completeness"].value == pytest.approx(abs(1 - factor), rel=1e-4)
    assert checks["completeness"].verdict == "fail"
    assert checks["infidelity"].verdict == "fail"


def test_one_value_is_wrong():
    """All of 10 parts are 1, and one is told as 2: edits with it are wrong by 1, so E = ½; the variance is 10 / 4."""
    truth = torch.ones(1, 10)
    told = truth.clone()
    told[0, 3] = 2
    found = card(Game(truth), claim(told, additive=True))["infidelity"]
    assert found.value == pytest.approx(0.2, rel=0.4)  # 128 draws
    assert f"was missed by {100 * found.value:.2g} % of its variance" in found.why


def test_shuffled_values_are_complete_and_unfaithful():
    truth = contributions(1, 40) + 0.3
    told = truth[:, torch.randperm(40, generator=torch.Generator().manual_seed(1))]
    checks = card(Game(truth), claim(told, additive=True))
    assert checks["completeness"].verdict == "pass"
    assert checks["infidelity"].verdict == "fail"


def test_a_score_that_is_not_linear():
    """f = (Σ c)² over three parts: 9 in all, Shapley values of 3 each, and f(1) − f(one gone) = 5."""
    truth = torch.full((1, 3), 3.0)
    game = Game(truth, score=lambda c: c.sum(2) ** 2)
    checks = card(game, claim(truth, additive=True))
    assert checks["completeness"].value == pytest.approx(0, abs=1e-6)
    assert 0.01 < checks["infidelity"].value < 1


def test_values_in_no_units_are_not_held_against_them():
    checks = card(Game(contributions(1, 10)), claim(contributions(1, 10)))
    assert {checks[name].verdict for name in ("infidelity", "completeness")} == {"n/a"}
    # An ablation's are in the score's units, and do not add up.
    assert "not meant to add up" in checks["infidelity"].why


def test_a_score_that_does_not_change():
    truth = torch.zeros(1, 10)
    checks = card(Game(truth, 3.0), claim(contributions(1, 10), additive=True))
    assert {checks[name].value for name in ("infidelity", "completeness", "deletion")} == {None}


class OneByOne(Game):
    """Finds out at its first rows that they do not go together."""

    rows = 0

    def values(self, coefficients):
        found = super().values(coefficients)
        self.chunk, self.rows = 1, self.rows + len(coefficients)
        return found


def test_all_edits_are_drawn_where_rows_turn_out_not_to_go_together():
    truth = contributions(1, 8, 8)
    game = OneByOne(truth)
    found = infidelity.judge(Case(claim(truth, additive=True), game, None, SPEC, "quick"))
    assert found.details["draws"] == game.rows
