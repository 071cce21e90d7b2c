"""Integrated gradients of functions whose integral is known."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx_explainers.integrated_gradients import IntegratedGradients
from gsx_explainers.options import IntegratedGradientsOptions

from .function_probe import FunctionProbe, drawn, game, values


def explain(probe, **options):
    return IntegratedGradients(IntegratedGradientsOptions(**options)).explain(probe)


def heat(found):
    return found.maps["integrated-gradients"].values


def test_of_a_linear_score_it_is_weight_times_change():
    value, baseline, weight = drawn(2, 3, 4, 5), drawn(2, 3, 4, 5, seed=1), drawn(3, 4, 5, seed=2)
    found = explain(FunctionProbe(lambda a: (a * weight).sum((1, 2, 3)) - 50, value, baseline))
    torch.testing.assert_close(heat(found), (weight * (value - baseline)).sum(1), rtol=1e-4, atol=1e-5)
    assert found.maps["integrated-gradients"].on == "stylized"
    assert found.additive


def test_of_a_quadratic_score():
    """∫ 2 w (b + α d) d dα = w (x² − b²), for each element."""
    value, baseline, weight = drawn(1, 3, 4, 5), drawn(1, 3, 4, 5, seed=1), drawn(3, 4, 5, seed=2)
    found = explain(FunctionProbe(lambda a: (a.square() * weight).sum((1, 2, 3)), value, baseline))
    wanted = (weight * (value.square() - baseline.square())).sum(1)
    torch.testing.assert_close(heat(found), wanted, rtol=1e-4, atol=1e-5)


def test_a_product_is_shared_alike():
    """x y from 0: ∫ α y x dα = xy/2 each."""
    found = explain(game(lambda s: 6 * s[:, 0] * s[:, 1] + 0 * s[:, 2], 3))
    assert values(found) == {"a": pytest.approx(3), "b": pytest.approx(3), "c": 0}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1.0, -1.0, 1e-12, 1e6]))
def test_completeness(seed, scale):
    """Values add up to score(as is) − score(baseline), whatever the score's scale and sign."""
    value, baseline, weight = drawn(2, 3, 2, 3, seed=seed), drawn(2, 3, 2, 3, seed=seed + 1), drawn(3, 2, 3, seed=7)

    def score(activation):
        return scale * (torch.tanh(activation * weight).sum((1, 2, 3)) + activation.square().mean((1, 2, 3)).sqrt())

    found = explain(FunctionProbe(score, value, baseline), tolerance=1e-3)
    wanted = score(value) - score(baseline)
    gap = heat(found).sum((1, 2)) - wanted
    assert (gap.abs() <= 1e-3 * wanted.abs() + 1e-6 * abs(scale)).all()
    torch.testing.assert_close(
        torch.tensor(found.provenance["completeness_gap"]), gap, rtol=1e-3, atol=1e-6 * abs(scale)
    )


def test_steps_double_until_the_gap_is_small_for_each_sample_on_its_own():
    """Sample 0 is linear; sample 1 has a kink off the middle."""
    value = torch.ones(2, 1, 1, 1)

    def score(activation):
        own = activation[:, 0, 0, 0]
        return torch.stack([own[0], 10 * torch.relu(own[1] - 0.3)])

    probe = FunctionProbe(score, value)
    found = explain(probe, tolerance=5e-3)
    assert found.provenance["steps"][0] == 8
    assert found.provenance["steps"][1] > 8
    assert probe.gradients == sum(2**k for k in range(3, int(found.provenance["steps"][1]).bit_length()))
    assert heat(found).flatten().tolist() == pytest.approx([1, 7], rel=5e-3)
    alone = explain(FunctionProbe(lambda a: a[:, 0, 0, 0], value[:1]), tolerance=5e-3)
    assert torch.equal(heat(alone), heat(found)[:1])


def test_a_gap_that_stays_is_told():
    """A step's gradient is 0 beside the step."""
    found = explain(game(lambda s: torch.sign(s[:, 0] - 0.5).detach() + 0.1 * s[:, 1], 2), max_steps=16)
    assert found.provenance["completeness_gap"] == [pytest.approx(-2, rel=1e-5)]
    assert found.provenance["steps"] == [16]
    assert any("still miss the score's difference by up to 2" in note for note in found.notes)


def test_no_gradient_at_all_is_null():
    found = explain(FunctionProbe(lambda a: (0 * a).sum((1, 2, 3)) + 3, drawn(1, 2, 3, 4)))
    assert found.null
    assert "does not depend on deep of the stylised picture" in found.null_reason


def test_a_silent_sample_of_a_batch_is_named():
    found = explain(FunctionProbe(lambda a: a.sum((1, 2, 3)) * torch.tensor([1.0, 0.0]), drawn(2, 2, 3, 4)))
    assert not heat(found)[1].any()
    assert any("Null for sample 1 of the batch" in note for note in found.notes)


@pytest.mark.parametrize("steps", [1, 5, 8])
def test_against_captum(steps):
    """A smooth score, at the same Gauss–Legendre points."""
    captum = pytest.importorskip("captum.attr", reason="the oracle is the package captum (pip install 'gsx[captum]')")
    value, baseline, weight = drawn(2, 3, 4, 5), drawn(2, 3, 4, 5, seed=1), drawn(3, 4, 5, seed=2)

    def score(activation):
        return torch.tanh((activation * weight).sum((1, 2, 3))) + activation.pow(3).mean((1, 2, 3)) - 7

    ours = heat(explain(FunctionProbe(score, value, baseline), max_steps=steps, tolerance=0))
    oracle = captum.IntegratedGradients(score)
    theirs = oracle.attribute(value, baselines=baseline, n_steps=steps, method="gausslegendre")
    torch.testing.assert_close(ours, theirs.sum(1), rtol=1e-5, atol=1e-6)
