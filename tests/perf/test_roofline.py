"""The arithmetic of the roofline, by hand; what it is for is test_accelerator.py."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .roofline import Work, share_of_roofline, work_of


@pytest.mark.parametrize(
    ("flops", "bytes", "seconds", "share"),
    [
        (100, 1, 1, 1.0),  # 100 operations a byte, the ridge is at 10: as fast as it computes
        (100, 1, 4, 0.25),
        (100, 20, 2, 1.0),  # 5 a byte: at most 50 operations a second, and that is what it does
        (100, 20, 8, 0.25),
        (100, 10, 2, 0.5),  # at the ridge both limits say the same
        (0, 20, 4, 0.5),  # an operation that only moves
        (100, 0, 4, 0.25),  # and one that only computes
    ],
)
def test_share_of_roofline(flops: float, bytes: float, seconds: float, share: float) -> None:
    peak_flops, peak_bandwidth = 100, 10
    assert share_of_roofline(flops, bytes, seconds, peak_flops, peak_bandwidth) == pytest.approx(share)
    if flops and bytes:
        assert flops / seconds / min(peak_flops, flops / bytes * peak_bandwidth) == pytest.approx(share)


def test_work_of_a_convolution_and_a_view() -> None:
    convolution, image = nn.Conv2d(3, 8, 5, padding=2), torch.rand(2, 3, 10, 12)
    # 2 operations for each of 5·5·3 inputs of each output; float32 in, weights, bias and out.
    flops = 2 * 5 * 5 * 3 * (2 * 8 * 10 * 12)
    moved = 4 * (2 * 3 * 10 * 12 + 8 * 3 * 5 * 5 + 8 + 2 * 8 * 10 * 12)
    assert work_of(lambda: convolution(image).view(2, -1)) == Work(flops, moved)
    with FlopCounterMode(display=False) as counter:
        convolution(image)
    assert counter.get_total_flops() == flops


def test_work_of_a_training_step_counts_the_way_back() -> None:
    product = nn.Linear(16, 4, bias=False)
    features = torch.rand(8, 16, requires_grad=True)

    forward = 2 * 8 * 16 * 4
    # The product, and the gradients of both of its factors.
    assert work_of(lambda: product(features).sum().backward()).flops == 3 * forward
