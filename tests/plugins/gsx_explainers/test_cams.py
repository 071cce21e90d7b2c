"""Grad-CAM++, SmoothGrad and Score-CAM by hand."""

import pytest
import torch

from gsx_explainers.gradcam_plus_plus import GradcamPlusPlus
from gsx_explainers.options import GradcamPlusPlusOptions, ScorecamOptions, SmoothgradOptions
from gsx_explainers.scorecam import Scorecam
from gsx_explainers.smoothgrad import Smoothgrad

from .function_probe import FunctionProbe, drawn


def plus_plus(probe, **options):
    return GradcamPlusPlus(GradcamPlusPlusOptions(**options)).explain(probe)


def smooth(probe, **options):
    return Smoothgrad(SmoothgradOptions(**options)).explain(probe)


def scorecam(probe, **options):
    return Scorecam(ScorecamOptions(**options)).explain(probe)


def heat(found):
    ((_, one),) = found.maps.items()
    return one.values


WEIGHT = drawn(3, 4, 5, seed=2)


def linear(activation):
    return (activation * WEIGHT).sum((1, 2, 3))


def test_plus_plus_is_the_papers():
    """Eq. 19 with the second and third derivatives of exp(S) by autograd, S linear: g², g³ times exp(S)."""
    value = drawn(1, 3, 4, 5).abs()
    point = value.double().requires_grad_()
    first = torch.autograd.grad(torch.exp(0.1 * linear(point)).sum(), point, create_graph=True)[0]
    outcome = torch.exp(0.1 * linear(value.double()))
    own = 0.1 * WEIGHT.double()
    second, third = own.square() * outcome, own**3 * outcome
    positive = (first > 0).double()
    alpha = second / (2 * second + value.double().sum((2, 3), keepdim=True) * third)
    weights = (alpha * positive * first).sum((2, 3), keepdim=True)
    wanted = torch.relu((weights * value).sum(1)).detach() / outcome
    found = heat(plus_plus(FunctionProbe(lambda a: 0.1 * linear(a), value), sign="positive", temperature=1.0))
    torch.testing.assert_close(found, wanted.float(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-12, 1e6, -1.0])
def test_plus_plus_signed_goes_with_the_score(scale):
    """Another unit of the score is another unit of the map and nothing else; another sign another sign."""
    value = drawn(2, 3, 4, 5)
    plain = heat(plus_plus(FunctionProbe(linear, value)))
    scaled = heat(plus_plus(FunctionProbe(lambda a: scale * linear(a), value)))
    torch.testing.assert_close(scaled / scale, plain, rtol=1e-4, atol=1e-6)
    assert plain.min() < 0 < plain.max()


def test_plus_plus_counts_a_small_region_for_more_than_the_mean_does():
    """One channel, gradient 1 everywhere: α = 1 / (2 + Σ|A| / T) with T = Σ|A|, so w = 20 / 3, map 20/3 A."""
    value = drawn(1, 1, 4, 5)
    found = heat(plus_plus(FunctionProbe(lambda a: a.sum((1, 2, 3)), value)))
    torch.testing.assert_close(found, value[:, 0] * 20 / 3)


def test_plus_plus_is_null_where_gradcam_is():
    value = drawn(1, 3, 4, 5)
    centred = WEIGHT - WEIGHT.mean((1, 2), keepdim=True)
    found = plus_plus(FunctionProbe(lambda a: (a * centred).sum((1, 2, 3)), value))
    assert found.null
    assert "Grad-CAM++ is blind here" in found.null_reason
    assert "does not depend" in plus_plus(FunctionProbe(lambda a: 0 * linear(a), value)).null_reason


def test_smoothgrad_of_a_linear_score_is_gradient_times_change():
    value, baseline = drawn(2, 3, 4, 5), drawn(2, 3, 4, 5, seed=1)
    found = smooth(FunctionProbe(linear, value, baseline))
    torch.testing.assert_close(heat(found), (WEIGHT * (value - baseline)).sum(1), rtol=1e-5, atol=1e-5)
    assert found.provenance["mean_standard_error"] == pytest.approx([0, 0], abs=1e-6)


def test_smoothgrad_of_a_cubic_score():
    """E[3 (A + ε)²] = 3 (A² + σ²): the noise adds its variance."""
    value = drawn(1, 1, 3, 3)
    found = smooth(FunctionProbe(lambda a: a.pow(3).sum((1, 2, 3)), value), samples=1000, noise=0.3)
    deviation = 0.3 * (value.max() - value.min())
    assert found.provenance["noise_deviation"] == [pytest.approx(deviation.item(), rel=1e-5)]
    wanted = 3 * (value.square() + deviation.square())[:, 0] * value[:, 0]
    error = found.provenance["mean_standard_error"][0]
    assert (heat(found) - wanted).abs().max() < 6 * error
    assert error < 0.05 * wanted.abs().max()


def test_smoothgrad_by_its_seed():
    def score(activation):
        return torch.tanh(linear(activation))

    value = drawn(2, 3, 4, 5)
    first, again, other = (heat(smooth(FunctionProbe(score, value, seed=seed), samples=5)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    alone = heat(smooth(FunctionProbe(score, value[1:], seed=1), samples=5))
    torch.testing.assert_close(alone, first[1:])


def test_smoothgrad_of_nothing_is_null():
    assert "does not depend on deep" in smooth(FunctionProbe(lambda a: 0 * linear(a), drawn(1, 3, 4, 5))).null_reason


@pytest.mark.parametrize("chunk", [1, 64])
@pytest.mark.parametrize("shift", [0.0, -100.0])
def test_scorecam_by_hand(chunk, shift):
    """Two channels: the first from 0 to 4 (mask A/4), the second from −3 to 1 (mask (A + 3)/4)."""
    value = torch.tensor([[[[0.0, 4.0], [2.0, 1.0]], [[-3.0, 1.0], [-1.0, 0.0]]]])
    masks = [torch.tensor([[0, 1], [0.5, 0.25]]), torch.tensor([[0, 1], [0.5, 0.75]])]

    def score(activation):
        return activation[:, 0].sum((1, 2)) - 2 * activation[:, 1].sum((1, 2)) + shift

    gains = [(mask * (value[0, 0] - 2 * value[0, 1])).sum() for mask in masks]
    wanted = sum(gain * mask for gain, mask in zip(gains, masks, strict=True)) / 2
    found = scorecam(FunctionProbe(score, value, chunk=chunk))
    torch.testing.assert_close(heat(found)[0], wanted, rtol=1e-4, atol=1e-4)
    assert found.provenance["score_at_baseline"] == [shift]


def test_scorecam_leaves_out_channels_that_do_not_vary_and_says_which_it_has_no_room_for():
    value = drawn(2, 3, 4, 5)
    value[:, 1] = 7.0
    without = value[:, [0, 2]]
    score = lambda a: a[:, 0].sum((1, 2))  # noqa: E731
    full, narrow = heat(scorecam(FunctionProbe(score, value))), scorecam(FunctionProbe(score, value), most=2)
    torch.testing.assert_close(full * 3 / 2, heat(narrow))
    torch.testing.assert_close(heat(scorecam(FunctionProbe(score, without))), heat(narrow))
    assert any("The 1 channels of least range are left out" in note for note in narrow.notes)


def test_scorecam_of_nothing_is_null():
    assert (
        "by more than rounding" in scorecam(FunctionProbe(lambda a: 0 * linear(a) + 9, drawn(1, 3, 4, 5))).null_reason
    )
