"""Channel statistics, of a map at once and part by part."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gsx.ops.statistics import (
    KnownStatistics,
    RememberedStatistics,
    RunningStatistics,
    known_statistics,
    match_statistics,
    mean_std,
    variance,
)

RANDOM = torch.Generator().manual_seed(3)


def maps(*shape):
    return torch.rand(*shape, generator=RANDOM) * 3 - 1


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_they_are_those_of_torch(layout):
    features = maps(2, 5, 7, 9).contiguous(memory_format=layout).requires_grad_()
    mean, std = mean_std(features, eps=1e-5)
    expected, wanted = torch.var_mean(features, dim=(2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(mean, wanted)
    torch.testing.assert_close(std, (expected + 1e-5).sqrt())
    ours, theirs = (torch.autograd.grad(value.sum(), features)[0] for value in (std, (expected + 1e-5).sqrt()))
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(variance(features), features.var(dim=(1, 2, 3), correction=0))


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_they_are_float32_under_autocast(half):
    features = maps(1, 3, 40, 60) * 30
    expected = mean_std(features)
    with torch.autocast("cpu", half):
        found = mean_std(features)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected, strict=True))


def test_a_constant_channel_has_no_deviation_and_a_finite_gradient():
    features = torch.full((1, 2, 4, 4), 1e3, requires_grad=True)
    _, std = mean_std(features)
    assert std.flatten().tolist() == pytest.approx([1e-5**0.5] * 2)
    std.sum().backward()
    assert features.grad.isfinite().all()


@given(cut=st.integers(1, 8), offset=st.floats(-1e3, 1e3), scale=st.floats(1e-2, 1e2))
def test_parts_add_up_to_the_whole(cut, offset, scale):
    features = maps(2, 3, 5, 9) * scale + offset
    running = RunningStatistics()
    for part in (features[..., :cut], features[..., cut:]):
        running.add(part)
    (mean, std), (expected, wanted) = running.result(), mean_std(features.double().float())
    torch.testing.assert_close(mean, expected)
    torch.testing.assert_close(std, wanted, rtol=1e-3, atol=1e-4 * max(1.0, abs(offset)))


def test_a_part_is_matched_with_the_statistics_of_the_whole():
    features, wanted = maps(1, 3, 6, 8), mean_std(maps(1, 3, 4, 4))
    whole = match_statistics(features, *wanted)
    torch.testing.assert_close(match_statistics(features[..., :3], *wanted, own=mean_std(features)), whole[..., :3])
    assert not torch.allclose(match_statistics(features[..., :3], *wanted), whole[..., :3], atol=1e-2)


def test_an_expanded_map_is_taken_once():
    one = maps(1, 4, 5, 7).requires_grad_()
    wide = one.expand(6, -1, -1, -1)
    copied = wide.detach().clone().requires_grad_()
    for found, wanted in zip(mean_std(wide), mean_std(copied), strict=True):
        assert found.shape == wanted.shape == (6, 4, 1, 1)
        assert torch.equal(found, wanted)
        assert found.untyped_storage().nbytes() == 4 * one.element_size()
    weights = maps(6, 4, 1, 1)
    (ours,) = torch.autograd.grad((mean_std(wide)[1] * weights).sum(), one)
    (theirs,) = torch.autograd.grad((mean_std(copied)[1] * weights).sum(), copied)
    torch.testing.assert_close(ours, theirs.sum(0, keepdim=True))


@pytest.mark.parametrize("kind", [RememberedStatistics, KnownStatistics.of])
def test_known_statistics_are_of_the_map_as_it_is(kind):
    features = torch.rand(1, 3, 5, 5)
    known = kind(features)
    for factor in (1, 2, 3):
        with known_statistics([known]):
            assert torch.allclose(mean_std(features)[0], features.mean((2, 3), keepdim=True))
            features.mul_(factor)
            assert torch.allclose(mean_std(features)[0], features.mean((2, 3), keepdim=True))
        if kind is not RememberedStatistics:
            return  # those say of which map they are when they are made
