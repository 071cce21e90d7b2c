"""A map that is finer than an eye makes out is shown summed over cells; coarser ones are shown as they are."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gsx.explaining.view import FINEST, in_cells, overlay


def test_a_coarse_map_stays_as_it_is():
    heat = torch.randn(22, FINEST)
    assert in_cells(heat) == (heat, 1)


def test_cells_add_up_their_positions():
    heat = torch.randn(2 * 20, 2 * FINEST)
    shown, side = in_cells(heat)
    assert side == 2
    wanted = heat.unflatten(0, (20, 2)).unflatten(2, (FINEST, 2)).sum((1, 3))
    torch.testing.assert_close(shown, wanted)


@given(height=st.integers(1, 300), width=st.integers(1, 300))
def test_the_whole_is_kept_and_no_side_is_longer(height, width):
    shown, side = in_cells(torch.ones(height, width))
    assert max(shown.shape) <= FINEST
    assert side == max(1, -(-max(height, width) // FINEST))
    assert shown.sum().item() == pytest.approx(height * width, rel=1e-4)


def test_what_leans_one_way_is_seen_through_noise():
    """Single pixels are noise of size 1; in one corner they lean by 0.3, which no single one shows."""
    heat = torch.randn(256, 256, generator=torch.Generator().manual_seed(0))
    heat[:128, :128] += 0.3
    shown, _ = in_cells(heat)
    inside, outside = shown[:32, :32], torch.cat([shown[32:].flatten(), shown[:32, 32:].flatten()])
    assert (inside > 0).float().mean() > 0.8
    assert 0.4 < (outside > 0).float().mean() < 0.6


def test_a_map_whose_sum_means_nothing_is_averaged():
    heat = torch.randn(2 * 20, 2 * FINEST)
    shown, side = in_cells(heat, mean=True)
    torch.testing.assert_close(shown, in_cells(heat)[0] / side**2)


@pytest.mark.parametrize("sign", [1, -1])
def test_colour_fades_once(sign):
    """At 0.39 of the scale a value is seen: red (or blue) leads the other by what a full colour's third has."""
    picture = torch.full((3, 1, 3), 0.5)
    heat = sign * torch.tensor([[0.0, 0.39, 1.0]])
    red, _, blue = overlay(heat, picture, 1.0)[:, 0]
    lead = sign * (red - blue)
    assert lead[0] == 0, "zero is neutral"
    assert lead[1] > 0.15
    assert lead[2] > lead[1]
