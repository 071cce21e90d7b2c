"""deletion and insertion: closed forms on linear games, and claims that are wrong."""

from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from .card_toys import Game, card, claim, contributions

BOTH = ("deletion", "insertion")


@pytest.mark.parametrize("level", ["quick", "full"])
@pytest.mark.parametrize("shape", [(1, 9, 12), (2, 40)])
@pytest.mark.parametrize("start", [0.0, -500.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_true_contributions_pass(level, shape, start, sign):
    """Whatever the signs of the score and of what is gained."""
    truth = contributions(*shape) + sign * 0.3
    checks = card(Game(truth, start), claim(truth), level)
    for name in BOTH:
        assert checks[name].verdict == "pass", checks[name]
        assert checks[name].details["percentile"] == [100.0] * shape[0]


def test_the_area_by_hand():
    """4, 3, 2, 1: f = 10, 6, 3, 1, 0 while they are taken away; the line is 10, 7.5, 5, 2.5, 0."""
    truth = torch.tensor([[1.0, 4.0, 2.0, 3.0]])
    check = card(Game(truth), claim(truth))["deletion"]
    assert check.details["curve"] == [[10, 6, 3, 1, 0]]
    assert check.value == pytest.approx((1.5 + 2 + 1.5) / 4 / 10)
    check = card(Game(truth), claim(truth))["insertion"]
    assert check.details["curve"] == [[0, 4, 7, 9, 10]]
    assert check.value == pytest.approx((1.5 + 2 + 1.5) / 4 / 10)


@pytest.mark.parametrize("shape", [(1, 9, 12), (1, 40)])
def test_negated_contributions_fail(shape):
    truth = contributions(*shape) + 0.3
    checks = card(Game(truth), claim(-truth))
    for name in BOTH:
        assert checks[name].value < 0
        assert checks[name].verdict == "fail"
        assert checks[name].details["percentile"] == [0.0]
        assert "no faster than along a straight line" in checks[name].why  # a percentile of 100 may fail for this alone


def smooth(seed, side=24):
    """A map with large blobs: what independent noise is too weak a rival for."""
    coarse = torch.randn(1, 1, 5, 5, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic")[0]


def test_maps_that_know_nothing_rarely_pass():
    """Over 40 smooth maps that know nothing of the score; up to 5 % each may pass by luck."""
    game = Game(smooth(1000) + 0.2)
    verdicts = [card(game, claim(smooth(seed)), "quick")["deletion"].verdict for seed in range(40)]
    assert verdicts.count("pass") <= 6
    assert verdicts.count("fail") >= 20


def test_maps_that_end_elsewhere_than_they_begin_rarely_pass_either():
    """Crops of smooth fields, which would have an edge where they wrap: 19 % passed before that was mended."""
    verdicts = []
    for seed in range(200):
        game = Game(smooth(1000 + seed // 20, 48)[:, :16, :16] + 0.2)
        verdicts.append(card(game, claim(smooth(seed, 48)[:, 8:24, 5:21]), "quick")["deletion"].verdict)
    assert verdicts.count("pass") <= 20


def test_a_constant_map_has_no_order():
    """Its order is one of any; all of its rivals have the same."""
    check = card(Game(contributions(1, 8, 8) + 0.3), claim(torch.ones(1, 8, 8)))["deletion"]
    assert check.details["percentile"] == [50.0]
    assert check.verdict == "fail"


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_scale_of_the_score_does_not_matter(scale):
    truth = contributions(1, 9, 12) + 0.3
    plain, scaled = (card(Game(truth * factor), claim(truth * factor)) for factor in (1, scale))
    for name in BOTH:
        assert scaled[name].value == pytest.approx(plain[name].value, rel=1e-3)
        assert scaled[name].details["percentile"] == plain[name].details["percentile"]


def test_where_nothing_is_gained():
    """The whole unit is worth 0: there is nothing to measure an area in."""
    truth = torch.tensor([[3.0, -3.0, 1.0, -1.0, 2.0, -2.0]])
    checks = card(Game(truth, 5.0), claim(truth))
    for name in BOTH:
        assert (checks[name].value, checks[name].verdict) == (None, "n/a")
        assert "Next to nothing is lost" in checks[name].why


@pytest.mark.parametrize(("count", "verdict"), [(1, "n/a"), (2, "weak"), (3, "weak"), (6, "pass")])
def test_few_units(count, verdict):
    """The best of two orders is no proof."""
    truth = torch.arange(1.0, count + 1)[None]
    assert card(Game(truth), claim(truth))["deletion"].verdict == verdict


@pytest.mark.parametrize(("height", "width"), [(27, 36), (3, 4)])
def test_a_map_of_another_resolution(height, width):
    """It is brought onto the unit's positions; blocks of 3 × 3 stay in order."""
    truth = torch.nn.functional.interpolate(contributions(1, 1, 3, 4) + 0.3, size=(9, 12), mode="nearest")[0]
    heat = torch.nn.functional.interpolate(truth[None], size=(height, width), mode="nearest")[0]
    assert card(Game(truth), claim(heat))["deletion"].verdict == "pass"


def test_a_map_on_another_picture():
    found = claim(contributions(1, 8, 8))
    game = Game(contributions(1, 8, 8))
    game.lies_on = "style"
    assert "lies on the stylised picture, and the unit on the style" in card(game, found)["deletion"].why


def test_values_of_other_units():
    check = card(Game(contributions(1, 6)), claim(contributions(1, 5)))["deletion"]
    assert (check.verdict, check.why) == ("n/a", "Its values are not one for each part of the unit.")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(4, 60))
def test_no_order_beats_the_true_one(seed, count):
    truth = contributions(1, count, seed=seed) + 0.5
    own = card(Game(truth), claim(truth))["insertion"].value
    other = card(Game(truth), claim(contributions(1, count, seed=seed + 1)))["insertion"].value
    assert own is None or own >= other - 1e-5


def test_a_batch_is_its_samples():
    truth, told = contributions(2, 9, 12) + 0.3, contributions(2, 9, 12, seed=1)
    together = card(Game(truth), claim(told))
    for index in range(2):
        one = slice(index, index + 1)
        alone = card(Game(truth[one]), claim(told[one]))
        for name in BOTH:
            assert together[name].details["percentile"][index] == alone[name].details["percentile"][0]
            assert together[name].details["area"][index] == pytest.approx(alone[name].value)


def test_a_silent_sample_does_not_count():
    truth = contributions(2, 9, 12) + 0.3
    told = truth.clone()
    told[1] = 0
    check = card(Game(truth), claim(told))["deletion"]
    assert check.verdict == "pass"
    assert check.details["percentile"] == [100.0, None]


def test_what_each_level_spends():
    """Where edits make the picture again, the quick card draws its own curve alone."""
    truth = contributions(1, 9, 12) + 0.3
    for remakes, most in ((False, 2 * 21 + 1), (True, 2 * 7 + 1)):
        game = Game(truth, remakes=remakes)
        checks = card(game, claim(truth), "quick")
        assert game.evaluations == most
        assert ("percentile" in checks["deletion"].details) is not remakes
    assert checks["deletion"].verdict == "weak"
    assert "--card full" in checks["deletion"].why


def test_an_optimisation_for_each_evaluation():
    """300 passes each: the full card affords six, the quick one none."""
    truth = contributions(1, 9, 12) + 0.3
    game = Game(truth, remakes=True)
    assert "--card full" in card(game, claim(truth), "quick", passes=300)["deletion"].why
    assert game.evaluations == 0
    check = card(game, claim(truth), "full", passes=300)["deletion"]
    assert len(check.details["places"]) == 5
    assert "2,000 passes" in check.why


@pytest.mark.parametrize("count", [4, 5])
@pytest.mark.parametrize("remakes", [False, True])
def test_few_units_are_held_against_every_order(count, remakes):
    """The true contributions always pass, also on the quick card, with each set of units tried once."""
    for seed in range(5):
        truth = contributions(1, count, seed=seed) + 0.3
        game = Game(truth, remakes=remakes)
        checks = card(game, claim(truth), "quick")
        assert game.evaluations <= 2**count + 1
        for name in BOTH:
            assert checks[name].verdict == "pass", (seed, checks[name])
            assert checks[name].details["rivals"] == {4: 23, 5: 119}[count]


def test_an_order_of_few_units_that_knows_nothing_rarely_passes():
    """Of all 24 orders of four units only the best one passes."""
    truth = torch.tensor([[1.0, 4.0, 2.0, 3.0]])
    orders = [torch.tensor([order], dtype=torch.float) for order in permutations(range(4))]
    passed = [order for order in orders if card(Game(truth), claim(order), "quick")["deletion"].verdict == "pass"]
    assert [order.tolist() for order in passed] == [[[0.0, 3.0, 1.0, 2.0]]]


def test_few_units_of_a_batch_are_those_of_its_samples():
    truth = contributions(2, 5) + 0.3
    together = card(Game(truth), claim(truth.flip(1)), "quick")["deletion"].details
    alone = card(Game(truth[1:]), claim(truth.flip(1)[1:]), "quick")["deletion"].details
    assert together["percentile"][1] == alone["percentile"][0]
    assert together["area"][1] == pytest.approx(alone["area"][0])
