"""What cannot be followed patch by patch is run as a whole, and what was lent may be written over."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from gsx.explaining.local import LocalPass
from gsx.ops.statistics import mean_std

SIDE = 24


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


PICTURE = drawn(1, 3, SIDE, SIDE).sigmoid()
NEAR, FAR, GATE = drawn(8, 3, 1, 1, seed=1), drawn(8, 3, 5, 5, seed=2), drawn(8, 8, 1, 1, seed=3)


def near(image):
    return functional.conv2d(image, NEAR)


def far(image):
    return functional.conv2d(image, FAR, padding=2)


def gated(image):  # a squeeze-and-excitation gate: one position, spread over all
    x = far(image)
    return x * functional.conv2d(functional.avg_pool2d(x, SIDE), GATE).sigmoid()


def summed(image):  # into a map that was not the picture's
    total = torch.zeros(1, 8, SIDE, SIDE)
    total += far(image)
    return total


def widening(image):  # what is added reaches further than what it is added to
    total = near(image)
    total += far(image)
    return total


def aliased(image):
    x = near(image)
    wide = functional.avg_pool2d(x.detach(), 3, 1, 1)
    return x.relu_() + wide


def reread(image):
    x = near(image)
    total = x + far(image)
    x.relu_()
    return total + x


def by_row(image):
    return near(image) + drawn(1, 8, 1, SIDE)


def by_place(image):
    return near(image) * drawn(SIDE)


@pytest.mark.parametrize("network", [gated, summed, widening, aliased, reread, by_row, by_place])
def test_it_is_right_or_not_there(network):
    with torch.no_grad():
        local = LocalPass.record(lambda image: {"map": network(image)}, PICTURE)
        for top, left in ((0, 0), (8, 11), (19, 3)):
            changed = PICTURE.clone()
            changed[..., top : top + 5, left : left + 5] = 0
            if local is None:
                continue
            with local.of(changed) as maps:
                if maps is not None:
                    assert torch.allclose(maps["map"], network(changed), atol=1e-5)


def test_what_was_written_over_is_not_lent_again():
    layer = nn.Conv2d(3, 4, 3, padding=1).requires_grad_(False)
    changed = PICTURE.clone()
    changed[..., 3:7, 3:7] = 0
    with torch.no_grad():
        local = LocalPass.record(lambda image: {"map": layer(image)}, PICTURE)
        with local.of(PICTURE) as maps:
            before = mean_std(maps["map"])[0]
            maps["map"].sub_(before)
            assert mean_std(maps["map"])[0].abs().max() < 1e-6  # nor are its statistics
        with local.of(changed) as maps:
            assert maps is None
