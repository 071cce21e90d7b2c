"""Distances, against numbers worked out by hand, and the laws that they obey."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.ops.distances import STYLE_DISTANCES, gram_distance, mean_std_distance, squared_error

A = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)
B = torch.tensor([0.0, 2.0, 3.0, 6.0]).view(1, 2, 1, 2)
DISTANCES = {"squared_error": squared_error, **STYLE_DISTANCES}


def test_squared_error():
    # Differences 1, 0, 0, −2: squares 1 + 0 + 0 + 4 = 5, over 4 elements 1.25.
    assert squared_error(A, B).tolist() == [1.25]
    assert squared_error(A, B, "sum").tolist() == [5.0]


def test_gram_distance():
    # Gram(A) = [[2.5, 5.5], [5.5, 12.5]] (see test_gram).
    # Gram(B): [[0 + 4, 0 + 12], [12, 9 + 36]] / 2 = [[2, 6], [6, 22.5]].
    # Differences 0.5, −0.5, −0.5, −10: squares 0.25·3 + 100 = 100.75; over 4 entries 25.1875.
    assert gram_distance(A, B, "sum").tolist() == [100.75]
    assert gram_distance(A, B).tolist() == [25.1875]
    # Each Gram matrix halved by its two channels: squares quartered.
    assert gram_distance(A, B, "sum", "elements").tolist() == [100.75 / 4]


def test_mean_std_distance():
    # Channel means of A: 1.5, 3.5; of B: 1, 4.5. Squares of the differences: 0.25, 1; mean 0.625.
    # Deviations of A: 0.5, 0.5; of B: 1, 1.5. Squares of the differences: 0.25, 1; mean 0.625. Sum 1.25.
    torch.testing.assert_close(mean_std_distance(A, B), torch.tensor([1.25]), rtol=1e-4, atol=0)


def test_sizes_may_differ_where_positions_do_not_count():
    wide = A.repeat(1, 1, 3, 2)
    for distance in STYLE_DISTANCES.values():
        torch.testing.assert_close(distance(A, wide), torch.zeros(1))
    with pytest.raises(ValueError, match="element by element"):
        squared_error(A, wide)


def test_nothing_is_broadcast():
    for distance in DISTANCES.values():
        with pytest.raises(ValueError, match="cannot compare"):
            distance(A.repeat(2, 1, 1, 1), B)


@pytest.mark.parametrize("name", DISTANCES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), channels=st.integers(1, 4), side=st.integers(2, 5))
def test_laws(name: str, seed: int, channels: int, side: int):
    distance = DISTANCES[name]
    first, second = torch.randn(2, 3, channels, side, side, generator=torch.Generator().manual_seed(seed))
    values = distance(first, second)
    assert values.shape == (3,)
    assert (values >= 0).all()
    assert torch.equal(distance(first, first.clone()), torch.zeros(3))
    torch.testing.assert_close(values, distance(second, first))
    singles = [distance(a[None], b[None]) for a, b in zip(first, second, strict=True)]
    torch.testing.assert_close(torch.cat(singles), values)
    order = torch.randperm(side * side, generator=torch.Generator().manual_seed(seed))
    moved = [maps.flatten(2)[:, :, order].view_as(maps) for maps in (first, second)]
    torch.testing.assert_close(distance(*moved), values)


def test_a_flat_map_has_a_finite_gradient():
    flat = torch.ones(1, 2, 3, 3, requires_grad=True)
    mean_std_distance(flat, torch.randn(1, 2, 3, 3)).sum().backward()
    assert flat.grad.isfinite().all()
