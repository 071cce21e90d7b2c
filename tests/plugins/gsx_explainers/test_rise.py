"""RISE: what its masks must and must not show."""

import pytest
import torch

from gsx_explainers.options import RiseOptions
from gsx_explainers.rise import Rise, _Masks

from .function_probe import FunctionProbe, drawn


def explain(probe, **options):
    return Rise(RiseOptions(**options)).explain(probe)


def heat(found):
    return found.maps["rise"].values


def linear(weight, shift=0.0):
    return lambda activation: (activation[:, 0] * weight).sum((1, 2)) + shift


@pytest.mark.parametrize("shift", [0.0, -100.0, 100.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_linear_score_it_is_the_weight(shift, sign):
    """With a cell per position masks are independent, and the slope is the position's own share, whatever the sign."""
    weight = torch.zeros(4, 4)
    weight[1, 2], weight[3, 0] = 2.0, -1.0
    probe = FunctionProbe(linear(sign * weight, shift), torch.ones(1, 1, 4, 4))
    found = explain(probe, masks=2000, grid=4)
    error = found.provenance["mean_standard_error"][0]
    assert (heat(found)[0] - sign * weight).abs().max() < 5 * error
    assert error < 0.1


def test_the_standard_error_is_what_seeds_differ_by():
    weight = drawn(4, 4)
    maps, errors = [], []
    for seed in range(30):
        found = explain(FunctionProbe(linear(weight), torch.ones(1, 1, 4, 4), seed=seed), masks=200, grid=4)
        maps.append(heat(found)[0])
        errors.append(found.provenance["mean_standard_error"][0])
    spread = torch.stack(maps).std(dim=0).mean().item()
    assert spread == pytest.approx(sum(errors) / len(errors), rel=0.15)


def test_a_chunk_of_one_is_a_chunk_of_many():
    score, value = linear(drawn(5, 9)), drawn(2, 1, 5, 9, seed=1)
    one, many = (explain(FunctionProbe(score, value, chunk=chunk), masks=500, grid=3) for chunk in (1, 64))
    torch.testing.assert_close(heat(one), heat(many), rtol=1e-6, atol=1e-7)


def test_the_seed_decides():
    score, value = linear(drawn(5, 9)), drawn(1, 1, 5, 9, seed=1)
    first, again, other = (explain(FunctionProbe(score, value, seed=seed), masks=500, grid=3) for seed in (1, 1, 2))
    assert torch.equal(heat(first), heat(again))
    assert not torch.equal(heat(first), heat(other))


def test_masks():
    """In [0, 1], of the map's size, kept as often as asked, and no place of its grid preferred."""
    masks = _Masks(RiseOptions(masks=2000, grid=4, probability=0.3), (13, 18), 0).rows(0, 2000)
    assert masks.shape == (2000, 13, 18)
    assert masks.min() == 0
    assert masks.max() == 1
    assert masks.mean(0).sub(0.3).abs().max() < 0.05


def test_a_score_that_nothing_moves_is_null():
    found = explain(FunctionProbe(lambda a: 0 * a.sum((1, 2, 3)) + 5, drawn(1, 1, 4, 4)), masks=50)
    assert found.null
    assert "by more than rounding" in found.null_reason


def test_noise_is_null():
    """A score that has nothing to do with any position, but differs from mask to mask."""
    random = torch.Generator().manual_seed(3)
    found = explain(FunctionProbe(lambda a: torch.randn(len(a), generator=random), torch.ones(1, 1, 6, 6)), masks=300)
    assert found.null
    assert "No position stands out from the noise of 300 masks" in found.null_reason
