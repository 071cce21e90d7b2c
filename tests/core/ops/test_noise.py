"""Noise that belongs to a place."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gsx.ops.noise import position_noise

SIDE = st.integers(1, 40)


def test_it_is_white():
    noise = position_noise((512, 512), stride=4, seed=3)[0, 0]
    assert noise.mean().abs() < 0.01  # 5 standard errors
    assert noise.var() == pytest.approx(1, abs=0.02)
    assert noise.abs().max() <= 3**0.5
    for other in (noise.roll(1, 0), noise.roll(1, 1), noise.roll((1, 1), (0, 1)), noise.roll((2, -1), (0, 1)), noise.T):
        assert (noise * other).mean().abs() < 0.01
    assert noise.histc(10, -(3**0.5), 3**0.5).div(noise.numel()).sub(0.1).abs().max() < 0.003


@given(
    size=st.tuples(SIDE, SIDE), at=st.tuples(SIDE, SIDE), stride=st.sampled_from([1, 2, 8]), seed=st.integers(0, 2**63)
)
def test_a_part_gets_what_the_whole_has_there(size, at, stride, seed):
    whole = position_noise((size[0] + at[0], size[1] + at[1]), stride=stride, seed=seed)
    part = position_noise(size, stride=stride, seed=seed, origin=stride * torch.tensor([at]))
    assert part.shape == (1, 1, *size)
    assert torch.equal(part, whole[..., at[0] :, at[1] :])


def test_each_sample_has_its_own_place():
    both = position_noise((5, 7), stride=2, origin=torch.tensor([[0, 0], [2**28, 6]]))
    assert both.shape == (2, 1, 5, 7)
    assert torch.equal(both[:1], position_noise((5, 7), stride=2))
    assert not torch.equal(both[0], both[1])


@pytest.mark.parametrize("other", [{"seed": 1}, {"stride": 2}])
def test_another_seed_or_stride_is_another_noise(other):
    one, two = position_noise((64, 64)), position_noise((64, 64), **other)
    assert (one * two).mean().abs() < 0.1


def test_it_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    position_noise((9, 9))
    assert torch.equal(torch.get_rng_state(), before)
