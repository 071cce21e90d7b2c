"""The Gram matrix, against numbers worked out by hand."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.ops.gram import gram

# Two channels, two positions: F = [[1, 2], [3, 4]].
# F Fᵀ = [[1·1 + 2·2, 1·3 + 2·4], [3·1 + 4·2, 3·3 + 4·4]] = [[5, 11], [11, 25]]; two positions: halves.
BY_HAND = torch.tensor([[[2.5, 5.5], [5.5, 12.5]]])
MAP = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)


def test_two_channels_two_positions():
    assert torch.equal(gram(MAP), BY_HAND)


def test_elements_divides_by_the_channels_too():
    assert torch.equal(gram(MAP, "elements"), BY_HAND / 2)


def test_it_is_float32_from_half_precision_and_under_autocast():
    # 300² = 90,000 exceeds float16's largest number, 65,504.
    features = torch.full((1, 1, 2, 2), 300.0, dtype=torch.float16)
    assert gram(features).item() == 90_000.0
    features = torch.full((1, 1, 1, 1), 257.0)  # bfloat16 has 8 bits: it would make 256 of it
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = gram(features)
    assert result.dtype == torch.float32
    assert result.item() == 257.0**2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), channels=st.integers(1, 5), height=st.integers(1, 5), width=st.integers(1, 5))
def test_laws(seed: int, channels: int, height: int, width: int):
    random = torch.Generator().manual_seed(seed)
    features = torch.randn(3, channels, height, width, generator=random)
    matrices = gram(features)
    assert matrices.shape == (3, channels, channels)
    torch.testing.assert_close(matrices, matrices.mT)
    assert torch.linalg.eigvalsh(matrices).min() >= -1e-5
    order = torch.randperm(height * width, generator=random)
    shuffled = features.flatten(2)[:, :, order].view_as(features)
    torch.testing.assert_close(gram(shuffled), matrices)
    torch.testing.assert_close(torch.cat([gram(sample[None]) for sample in features]), matrices)
    torch.testing.assert_close(gram(features * 2), matrices * 4)


def test_gradient():
    features = torch.randn(1, 2, 2, 3, requires_grad=True)
    gram(features)[0, 0, 1].backward()
    # dG01/dF0 = F1 / 6, dG01/dF1 = F0 / 6
    torch.testing.assert_close(features.grad, features.detach().flip(1) / 6)
