"""Closed forms of the figures that compare attributions, and the laws of rivals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional import pearson_corrcoef, spearman_corrcoef

from gsx.explaining.card.likeness import gini, pearson, ranks, spearman
from gsx.explaining.card.rivals import rivals

from .card_toys import contributions


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ([1.0, 1, 1, 1], 0),
        ([0.0, 0, 0, 5], 3 / 4),
        ([-5.0, 0, 0, 0], 3 / 4),
        ([1.0, -3], 1 / 4),
        ([1.0, 2, 3, 4, 5], 4 / 15),
        ([1e-30, 2e-30, 3e-30, 4e-30, 5e-30], 4 / 15),
    ],
)
def test_gini(values, index):
    assert gini(torch.tensor([values])).item() == pytest.approx(index)


def test_gini_of_nothing():
    assert gini(torch.zeros(1, 4)).isnan().all()


def test_ranks_share_the_mean():
    assert ranks(torch.tensor([[5.0, 0, 0, -1, 0]])).tolist() == [[5, 3, 3, 1, 3]]


@given(seed=st.integers(0, 1000), count=st.integers(3, 50), levels=st.integers(2, 9))
def test_correlations_are_torchmetrics(seed, count, levels):
    drawn = torch.Generator().manual_seed(seed)
    one, other = (torch.randint(levels, (1, count), generator=drawn).double() for _ in range(2))
    if one.unique().numel() > 1 and other.unique().numel() > 1:
        assert pearson(one, other).item() == pytest.approx(pearson_corrcoef(one[0], other[0]).item(), abs=1e-5)
        assert spearman(one, other).item() == pytest.approx(spearman_corrcoef(one[0], other[0]).item(), abs=1e-4)


@pytest.mark.parametrize("factor", [1e-20, 1.0, -1e20])
def test_correlation_does_not_know_scale_or_offset(factor):
    values = contributions(1, 30)
    assert pearson(values, values * factor).item() == pytest.approx(1 if factor > 0 else -1)
    assert pearson(values, torch.full_like(values, 0.1)).item() == 0


def smoothness(values):
    """Correlation of neighbours along the rows."""
    return pearson(values[..., 1:].flatten(1), values[..., :-1].flatten(1)).item()


@pytest.mark.parametrize("width", [1, 3, 7])
def test_rivals_of_a_map_are_as_smooth_as_it_is(width):
    """Also where it does not go on from one edge to the other."""
    noise = contributions(1, 32 + width, 32 + width)
    values = torch.nn.functional.avg_pool2d(noise, width, stride=1)
    values = values + torch.linspace(0, 2 * values.std().item(), values.shape[-1])  # a slope: an edge, where it wraps
    found = list(rivals(values, 40, 0, geometric=True))
    phases, shifts = (torch.tensor([smoothness(rival) for rival in found[start::2]]).mean() for start in (0, 1))
    assert phases.item() == pytest.approx(smoothness(values), abs=0.12)
    assert shifts.item() == pytest.approx(smoothness(values), abs=0.12)


@pytest.mark.parametrize("size", [(8, 12), (7, 9), (1, 6)])
def test_no_rival_is_the_map_itself(size):
    values = contributions(2, *size) + 1
    found = list(rivals(values, 20, 0, geometric=True))
    assert len(found) == 20
    assert all(rival.shape == values.shape and rival.isfinite().all() for rival in found)
    assert not any(torch.allclose(rival, values) for rival in found)


def test_half_of_them_are_the_map_moved():
    """Each of their values is one of the map's."""
    values = contributions(1, 8, 8)
    moved = [torch.isin(rival, values).all().item() for rival in rivals(values, 20, 0, geometric=True)]
    assert moved == [False, True] * 10


def test_rivals_without_geometry_are_the_same_values():
    values = contributions(2, 30)
    found = list(rivals(values, 20, 0, geometric=False))
    assert all(torch.equal(rival.sort(1).values, values.sort(1).values) for rival in found)
    assert len({tuple(rival[0].tolist()) for rival in found}) == 20


@pytest.mark.parametrize("geometric", [True, False])
def test_rivals_of_a_batch_are_those_of_its_samples(geometric):
    values = contributions(2, 6, 8)
    together = list(rivals(values, 4, 3, geometric=geometric))
    alone = list(rivals(values[1:], 4, 3, geometric=geometric))
    for both, one in zip(together, alone, strict=True):
        torch.testing.assert_close(both[1:], one)
    other = next(rivals(values, 1, 4, geometric=geometric))
    assert not torch.allclose(other, together[0])
