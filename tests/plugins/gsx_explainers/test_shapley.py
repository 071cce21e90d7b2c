"""Exact Shapley values of games whose solution is known."""

from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.api import ContractError
from gsx_explainers.options import ShapleyOptions
from gsx_explainers.shapley import Shapley

from .function_probe import FunctionProbe, drawn, game, values


def shapley(probe, **options):
    return Shapley(ShapleyOptions(**options)).explain(probe)


def test_an_additive_game_pays_each_player_its_own():
    own = torch.tensor([3.0, -2.0, 0.0, 0.5])
    found = shapley(game(lambda s: s @ own - 100, 4))
    assert list(values(found)) == ["a", "b", "c", "d"]
    assert list(values(found).values()) == pytest.approx(own.tolist(), abs=1e-4)
    assert values(found)["c"] == 0


def test_rounding_is_exactly_nothing():
    """What float32 leaves of a part without effect, here where others are in; a small gain beside none is one."""
    found = values(shapley(game(lambda s: 3 + s[:, 0] + 1e-7 * s[:, 0] * s[:, 1] + 1e-5 * s[:, 2], 3)))
    assert found["b"] == 0
    assert found["c"] == pytest.approx(1e-5, rel=0.1)
    silent = shapley(game(lambda s: 3 + 1e-7 * s[:, 0], 2))
    assert silent.null
    assert set(values(silent).values()) == {0.0}


def test_the_glove_game():
    """One left glove (a), two right ones (b, c): a pair is worth 1. φ = 2/3, 1/6, 1/6."""
    found = shapley(game(lambda s: torch.minimum(s[:, 0], s[:, 1] + s[:, 2]), 3))
    assert list(values(found).values()) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-7)


def test_a_dictator_takes_all():
    found = shapley(game(lambda s: 7 * s[:, 2], 5))
    assert list(values(found).values()) == [0, 0, pytest.approx(7), 0, 0]


def test_the_united_nations():
    """A vote of 2 with a veto and 3 without, 3 votes needed: by hand, φ(veto) = 9/20, φ(other) = 1/30.

    A player without a veto is decisive where both vetoes and no other came before: 2!·2!/5! = 1/30.
    """
    found = shapley(game(lambda s: s[:, 0] * s[:, 1] * (s[:, 2:].sum(1) >= 1), 5))
    assert list(values(found).values()) == pytest.approx([9 / 20] * 2 + [1 / 30] * 3, abs=1e-7)


def test_a_product_is_shared_alike():
    found = shapley(game(lambda s: 12 * s.prod(1), 4))
    assert list(values(found).values()) == pytest.approx([3] * 4, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(players=st.integers(1, 5), seed=st.integers(0, 10_000))
def test_it_is_the_mean_over_all_orders(players, seed):
    """The definition by permutations, of a game that is drawn; and values add up to v(all) − v(none)."""
    worth = drawn(2**players, seed=seed)
    number = (2 ** torch.arange(players)).float()
    found = shapley(game(lambda s: worth[(s @ number).round().long()], players))
    wanted = [0.0] * players
    orders = list(permutations(range(players)))
    for order in orders:
        members = 0
        for player in order:
            wanted[player] += (worth[members | 1 << player] - worth[members]).item() / len(orders)
            members |= 1 << player
    assert list(values(found).values()) == pytest.approx(wanted, abs=1e-5)
    assert sum(values(found).values()) == pytest.approx((worth[-1] - worth[0]).item(), abs=1e-5)
    assert found.provenance["completeness_gap"] == pytest.approx([0], abs=1e-6)
    assert found.additive


def test_each_coalition_is_evaluated_once_and_the_whole_not_at_all():
    probe = game(lambda s: s.sum(1), 4)
    shapley(probe)
    seen = {tuple(row[0].tolist()) for row in probe.rows}
    assert len(probe.rows) == len(seen) == 15
    assert (1.0,) * 4 not in seen


def test_a_batch_is_its_samples():
    value = drawn(3, 4, 1, 1)

    def score(activation):
        return activation.flatten(1).cumprod(1).sum(1)

    together = shapley(FunctionProbe(score, value, unit="channels"))
    for sample in range(3):
        alone = shapley(FunctionProbe(score, value[sample : sample + 1], unit="channels"))
        ours = [row.score_change for row in together.values[sample]]
        assert ours == pytest.approx(list(values(alone).values()), abs=1e-6)


def test_the_pictures_change_is_that_of_the_part_alone():
    found = shapley(game(lambda s: s.sum(1), 3, image=lambda a: (1 - a[:, :, 0, 0]) @ torch.tensor([1.0, 2.0, 4.0])))
    assert [row.image_change for row in found.values[0]] == [1, 2, 4]


def test_too_many_parts():
    probe = game(lambda s: s.sum(1), 13)
    with pytest.raises(ContractError, match=r"at most 12 parts .*this one has 13"):
        shapley(probe)
    assert not probe.rows
    with pytest.raises(ContractError, match="named parts; this unit has 6 positions"):
        shapley(FunctionProbe(lambda a: a.sum((1, 2, 3)), torch.ones(1, 1, 2, 3)))


def test_against_captum():
    """captum's ShapleyValues goes through every order of the features."""
    captum = pytest.importorskip("captum.attr", reason="the oracle is the package captum (pip install 'gsx[captum]')")

    def score(players):
        return players[:, 0] * players[:, 1] - 3 * players[:, 2].square() + torch.sin(players.sum(1)) - 10

    value = drawn(1, 3, 1, 1, seed=4)
    ours = shapley(FunctionProbe(lambda a: score(a[:, :, 0, 0]), value, 0.5, unit="channels"))
    oracle = captum.ShapleyValues(score)
    theirs = torch.stack(
        [oracle.attribute(value[:, :, 0, 0], baselines=torch.full((1, 3), 0.5), perturbations_per_eval=1)]
    )
    assert list(values(ours).values()) == pytest.approx(theirs.flatten().tolist(), abs=1e-5)
