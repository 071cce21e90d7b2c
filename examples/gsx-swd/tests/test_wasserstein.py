"""The distance itself: values worked out by hand, a reference that tries every matching, and the laws it keeps."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from gsx_swd.wasserstein import sliced_wasserstein, squared_wasserstein, unit_directions

numbers = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=7)
line = torch.tensor


def features(seed: int, channels: int = 3, height: int = 5, width: int = 4) -> torch.Tensor:
    return torch.randn(2, channels, height, width, generator=torch.Generator().manual_seed(seed))


def test_shifted_samples_are_the_shift_away():
    samples = torch.randn(4, 100)
    assert torch.allclose(squared_wasserstein(samples, samples.flip(-1) + 3), torch.full((4,), 9.0), atol=1e-4)


def test_scaled_samples():
    """Q₂ = a·Q₁, so the distance is (a − 1)² times the mean square."""
    samples = torch.randn(4, 100)
    assert torch.allclose(squared_wasserstein(samples, 2.5 * samples), 1.5**2 * samples.square().mean(-1), rtol=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ([0.0], [3.0, 4.0], (9 + 16) / 2),
        ([0.0, 1.0], [0.0, 0.0, 1.0], 1 / 6),  # only between u = 1/2 and 2/3 do the two differ
        ([0.0, 6.0], [0.0, 3.0, 6.0], 9 / 6 + 9 / 6),
        ([1.0, 1.0, 1.0], [1.0, 1.0], 0.0),
    ],
)
def test_different_counts_by_hand(first, second, distance):
    assert squared_wasserstein(line(first), line(second)).item() == pytest.approx(distance, abs=1e-6)


@settings(deadline=None)
@given(numbers, numbers)
def test_it_is_the_cheapest_matching(first, second):
    """Each sample repeated until the counts agree, then matched by an algorithm that sorts nothing."""
    many, others = line(first).repeat_interleave(len(second)), line(second).repeat_interleave(len(first))
    costs = (many[:, None] - others[None]).square().numpy()
    cheapest = costs[linear_sum_assignment(costs)].mean()
    assert squared_wasserstein(line(first), line(second)).item() == pytest.approx(cheapest, rel=1e-4, abs=1e-4)


@settings(deadline=None)
@given(numbers, numbers)
def test_it_is_symmetric_and_zero_only_for_the_same_distribution(first, second):
    distance = squared_wasserstein(line(first), line(second)).item()
    assert distance == pytest.approx(squared_wasserstein(line(second), line(first)).item(), rel=1e-5)
    same = sorted(first * len(second)) == sorted(second * len(first))
    assert (distance < 1e-9) == same


def test_directions_are_unit_vectors_all_around_and_fixed_by_the_seed():
    drawn = unit_directions(5, 2000, seed=3)
    assert torch.allclose(drawn.norm(dim=1), torch.ones(2000))
    assert torch.allclose(drawn.mT @ drawn / 2000, torch.eye(5) / 5, atol=0.03), "no direction is preferred"
    assert torch.equal(drawn, unit_directions(5, 2000, seed=3))
    assert not torch.allclose(drawn, unit_directions(5, 2000, seed=4))


def test_a_map_moved_in_feature_space():
    """By d: (v·d)² along v, whatever the map holds."""
    maps, d, v = features(0), line([1.0, -2.0, 0.5]), unit_directions(3, 16, seed=0)
    distance = sliced_wasserstein(maps + d.view(1, 3, 1, 1), maps, v)
    assert torch.allclose(distance, (v @ d).square().mean().expand(2), rtol=1e-4)


def test_where_the_features_lie_changes_nothing():
    first, second, v = features(0), features(1), unit_directions(3, 8, seed=0)
    shuffled = first.flatten(2)[..., torch.randperm(20)].view(2, 3, 2, 10)
    assert torch.allclose(sliced_wasserstein(first, second, v), sliced_wasserstein(shuffled, second, v), rtol=1e-5)
    assert sliced_wasserstein(first, shuffled, v).max() < 1e-9


def test_a_map_of_twice_the_size_with_the_same_features_is_no_farther():
    first, second, v = features(0), features(1), unit_directions(3, 8, seed=0)
    larger = first.repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert torch.allclose(sliced_wasserstein(larger, second, v), sliced_wasserstein(first, second, v), rtol=1e-4)
    assert sliced_wasserstein(first, larger, v).max() < 1e-9


def test_it_sees_what_each_channel_alone_does_not_show():
    """The same along both axes, and so the same means and deviations; not along the diagonals."""
    first, second = line([[0.0, 1.0], [0.0, 1.0]])[None, :, None], line([[0.0, 1.0], [1.0, 0.0]])[None, :, None]
    assert sliced_wasserstein(first, second, torch.eye(2)) == 0
    assert sliced_wasserstein(first, second, unit_directions(2, 16, seed=0)) > 1e-2


def test_it_sees_what_a_gram_matrix_does_not_show():
    """Mean 0 and mean square 1 in both, and 1, 1, 1, 1 against √2, 0, 0, √2 once sorted: 2 − √2 apart."""
    first, second = line([-1.0, -1.0, 1.0, 1.0]), line([0.0, -(2**0.5), 2**0.5, 0.0])
    assert second.square().mean().item() == pytest.approx(first.square().mean().item())
    distance = sliced_wasserstein(first.view(1, 1, 2, 2), second.view(1, 1, 2, 2), line([[1.0]]))
    assert distance.item() == pytest.approx(2 - 2**0.5)


def test_one_style_for_all_samples():
    first, style, v = features(0), features(1)[:1], unit_directions(3, 8, seed=0)
    assert torch.equal(sliced_wasserstein(first, style, v), sliced_wasserstein(first, style.expand(2, -1, -1, -1), v))


@pytest.mark.parametrize("size", [(5, 4), (7, 3), (1, 1)])
def test_its_gradient_is_finite_also_where_features_are_equal(size):
    for maps in (features(0), torch.zeros(2, 3, 5, 4)):
        maps.requires_grad_()
        sliced_wasserstein(maps, features(1, 3, *size), unit_directions(3, 8, seed=0)).sum().backward()
        assert maps.grad.isfinite().all()
        assert maps.grad.any()


def test_its_gradient_is_that_of_differences():
    maps, style, v = features(0).double(), features(1, height=3).double(), unit_directions(3, 8, seed=0).double()

    def value(maps):
        return squared_wasserstein(v @ maps.flatten(2), v @ style.flatten(2)).mean()

    assert torch.autograd.gradcheck(value, (maps.requires_grad_(),), eps=1e-6, atol=1e-6)


def test_autocast_does_not_round_it():
    first, second, v = features(0), features(1), unit_directions(3, 8, seed=0)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = sliced_wasserstein(first, second, v)
    assert torch.equal(rounded, sliced_wasserstein(first, second, v))


def test_more_directions_come_closer_to_the_average_over_all():
    """Between N(0, I) moved by d it is ‖d‖²/C; the error of the mean of K draws falls with K."""
    maps, d = features(0), line([3.0, 0.0, 0.0])
    errors = [
        sum(
            (sliced_wasserstein(maps + d.view(1, 3, 1, 1), maps, unit_directions(3, count, seed))[0] - 3).abs().item()
            for seed in range(20)
        )
        for count in (4, 64, 1024)
    ]
    assert all(more > less for more, less in itertools.pairwise(errors))
