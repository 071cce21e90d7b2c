"""The adaptive weight, by hand."""

import math

import pytest

from gsx.training.adversarial.balance import Balance


def test_by_hand():
    balance = Balance("adaptive")
    assert balance.update(3.0, 2.0) == pytest.approx(0.2 * 1.5)
    assert balance.update(30.0, 2.0) == pytest.approx(0.99 * 0.3 + 0.01 * 3.0)


def test_it_is_clamped():
    assert Balance("adaptive").update(1e6, 1e-6) == 10.0
    assert Balance("adaptive").update(0.0, 1.0) == 0.0
    assert Balance("adaptive", pull=1.0, largest=100.0).update(1e6, 1e-6) == 100.0
    assert Balance("adaptive", pull=1.0, largest=100.0).update(3.0, 2.0) == pytest.approx(1.5)


@pytest.mark.parametrize("pair", [(math.nan, 1.0), (1.0, math.inf), (1.0, 0.0)])
def test_what_is_no_ratio_leaves_it(pair):
    balance = Balance("adaptive")
    assert balance.update(*pair) == 0.0
    balance.update(3.0, 2.0)
    assert balance.update(*pair) == pytest.approx(0.3)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_a_loss_of_another_scale_pulls_alike(scale):
    """λ · ‖g_adversarial‖ is the same share of the perceptual gradient whatever the loss's own scale."""
    assert Balance("adaptive").update(1.0, scale) * scale == pytest.approx(min(0.2, 10 * scale))


def test_a_number_is_kept():
    balance = Balance(1.0)
    assert balance.update(5.0, 1e-9) == 1.0
    assert balance.value is None
