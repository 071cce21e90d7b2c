"""Each gauge by hand: what it reads of a healthy training, and of one that was broken on purpose."""

import math

import pytest
import torch

from gsx.training.adversarial.gauges.discriminator import memory_gap, silent
from gsx.training.adversarial.gauges.diversity import diversity
from gsx.training.adversarial.gauges.retrieval import describe, retrieval
from gsx.training.adversarial.gauges.strength import strength_order

RANDOM = torch.Generator().manual_seed(0)
STYLES = torch.randn(20, 30, generator=RANDOM)
COMMON = 50 * torch.randn(30, generator=RANDOM)


def test_results_that_carry_their_style_a_little_are_found():
    """A tenth of the style on a large common part: without centring the common part decides, and few are found."""
    gauge = retrieval((COMMON + 0.1 * STYLES).expand(3, -1, -1), STYLES)
    assert gauge.value == 1.0
    assert gauge.healthy
    assert "chance 0.05" in gauge.bound
    uncentred = (
        torch.nn.functional.normalize(COMMON + 0.1 * STYLES, dim=-1) @ torch.nn.functional.normalize(STYLES, dim=-1).T
    )
    assert (uncentred.argmax(-1) == torch.arange(20)).float().mean() < 0.4


def test_results_without_style_are_found_by_chance():
    assert retrieval(COMMON.expand(2, 20, -1), STYLES).value == pytest.approx(1 / 20)
    noise = COMMON + torch.randn(50, 20, 30, generator=RANDOM)
    gauge = retrieval(noise, STYLES)
    assert gauge.value == pytest.approx(1 / 20, abs=0.03)
    assert gauge.healthy is False
    assert "loss" not in gauge.name
    assert gauge.advice


def test_a_permutation_of_the_styles_is_never_found():
    assert retrieval(STYLES.roll(1, 0)[None], STYLES).value == 0.0


def test_dead_channels_do_not_count():
    """Constants over styles, at which results differ by noise alone."""
    dead = torch.cat([STYLES, torch.full((20, 500), 3.0)], dim=1)
    results = torch.cat([STYLES, 100 * torch.randn(20, 500, generator=RANDOM)], dim=1)
    assert retrieval(results[None], dead).value == 1.0


def test_too_few_styles_do_not_apply():
    gauge = retrieval(STYLES[None, :15], STYLES[:15])
    assert gauge.value is None
    assert gauge.healthy is None
    assert "15 held-out styles, and it needs 16" in gauge.reason


def test_describe():
    maps = {"a": torch.tensor([[[[1.0, 3.0]]]]), "b": torch.tensor([[[[2.0, 2.0]]]])}
    torch.testing.assert_close(describe(maps), torch.tensor([[2.0, 1.0, 2.0, 0.0]]), atol=0.01, rtol=0)


def test_diversity_by_hand():
    """Three flat pictures at 0, 0.3 and 0.9: distances 0.3, 0.9, 0.6, mean 0.6."""
    flat = torch.tensor([0.0, 0.3, 0.9]).view(1, 3, 1, 1, 1).expand(2, 3, 3, 4, 5)
    assert diversity(flat).value == pytest.approx(0.6)
    same = torch.rand(1, 1, 3, 4, 5).expand(1, 6, -1, -1, -1)
    assert diversity(same).value == 0.0
    assert diversity(same).healthy is False


@pytest.mark.parametrize(
    ("distances", "value", "healthy"),
    [
        ([5.0, 4.0, 3.0, 2.0, 1.0], -1.0, True),
        ([5.0, 4.0, 2.0, 3.0, 1.0], -0.9, True),
        ([4.0, 5.0, 2.0, 3.0, 1.0], -0.8, False),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 1.0, False),
        ([2.0] * 5, 0.0, False),
    ],
)
def test_strength_order(distances, value, healthy):
    gauge = strength_order(distances)
    assert gauge.value == pytest.approx(value, abs=1e-5)
    assert gauge.healthy is healthy


def test_a_fusion_without_strength_has_no_order():
    assert strength_order([]).value is None


def test_the_gap_of_a_discriminator_that_remembers():
    """Sure of what it saw, and of what it did not see it is as sure as of generated ones."""
    seen, fake = torch.full((4, 1, 2, 2), 3.0), torch.full((6, 1, 2, 2), -3.0)
    accuracy, gap = memory_gap([seen], [fake[:5]], [fake])
    assert (accuracy.value, gap.value, gap.healthy) == (1.0, 1.0, False)
    accuracy, gap = memory_gap([seen], [seen[:2]], [fake])
    assert (accuracy.value, gap.value, gap.healthy) == (1.0, 0.0, True)


def lines(losses):
    return [{"step": step, "terms": {"discriminator": loss}} for step, loss in losses]


def test_a_discriminator_that_is_sure_for_long():
    sure = lines([(step, 0.01) for step in range(0, 800, 10)])
    gauge = silent(sure, 2.0)
    assert gauge.value == pytest.approx(0.005)
    assert gauge.healthy is False
    assert silent([*sure, *lines([(800, 1.0)])], 2.0).healthy
    assert silent(sure[:40], 2.0).value is None, "not for long yet"
    assert silent([], 2.0).value is None
    assert silent(sure, 0.0).value is None, "a Wasserstein critic"


def test_what_is_no_number_has_no_reading():
    styles = torch.rand(16, 4, generator=torch.Generator().manual_seed(0))
    for gauge in (retrieval(styles[None] * torch.nan, styles), strength_order([1.0, math.nan, 0.5, 0.4, 0.3])):
        assert (gauge.value, gauge.healthy, gauge.reason) == (None, False, "the results are NaN or infinite")


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e4])
def test_no_channel_counts_for_more_because_its_numbers_are_large(unit):
    """One statistic of thirty is noise; in whatever unit it comes, the others tell the style."""
    units = torch.ones(30)
    units[7] = unit
    results = STYLES.clone()
    results[:, 7] = results[:, 7].roll(3)
    gauge = retrieval((COMMON + results)[None] * units, STYLES * units)
    assert gauge.value == 1.0
