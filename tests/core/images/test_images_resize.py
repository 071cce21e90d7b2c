"""Laws of resizing, padding and cropping."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.images import Padding, crop_back, pad_to_multiple, resize_longer, resize_note

sides = st.integers(1, 70)
fast = settings(max_examples=60, deadline=None, derandomize=True)


@fast
@given(height=sides, width=sides, size=st.integers(1, 90))
def test_resize_gives_the_longer_side_and_keeps_the_aspect(height, width, size):
    image = torch.rand(1, 3, height, width)
    got = resize_longer(image, size)
    h, w = got.shape[-2:]
    assert max(h, w) == size
    assert min(h, w) >= 1
    longer = max(height, width)
    for new, old in ((h, height), (w, width)):
        assert abs(new - old * size / longer) <= 0.5 or new == 1
    assert bool(((got >= 0) & (got <= 1)).all())
    assert (resize_note(image, size) is None) == (got is image) == (size == longer)


def test_halves_round_up():
    assert resize_longer(torch.rand(1, 3, 5, 20), 10).shape == (1, 3, 3, 10)
    assert resize_longer(torch.rand(1, 3, 28, 8), 7).shape == (1, 3, 7, 2)
    assert resize_longer(torch.rand(1, 3, 4, 200), 20).shape == (1, 3, 1, 20)


def test_bicubic_overshoot_is_clamped():
    edge = torch.zeros(1, 3, 32, 32)
    edge[..., 16:] = 1
    unclamped = torch.nn.functional.interpolate(edge, size=(50, 50), mode="bicubic", antialias=True)
    assert float(unclamped.max()) > 1  # The test can fail.
    got = resize_longer(edge, 50)
    assert float(got.max()) == 1
    assert float(got.min()) == 0


def test_reducing_is_antialiased():
    stripes = torch.zeros(1, 3, 64, 64)
    stripes[..., ::4] = 1
    inner = resize_longer(stripes, 16)[..., 4:12]
    assert float((inner - 0.25).abs().max()) < 0.05  # Their mean, not whatever column was hit.


def test_a_constant_stays():
    image = torch.full((1, 3, 40, 30), 0.3)
    for size in (16, 100):
        assert torch.allclose(resize_longer(image, size), torch.tensor(0.3), atol=1e-6)


def test_resize_note():
    image = torch.rand(1, 3, 30, 40)
    assert resize_note(image, 20) == "reduced from 40 x 30 to 20 x 15"
    assert resize_note(image, 80) == "enlarged from 40 x 30 to 80 x 60"


@fast
@given(height=sides, width=sides, multiple=st.integers(1, 64))
def test_pad_then_crop_is_identity(height, width, multiple):
    image = torch.rand(2, 3, height, width)
    padded, padding = pad_to_multiple(image, multiple)
    h, w = padded.shape[-2:]
    assert h % multiple == 0
    assert w % multiple == 0
    assert 0 <= h - height < multiple
    assert 0 <= w - width < multiple
    assert torch.equal(crop_back(padded, padding), image)


def test_reflect_then_replicate():
    row = torch.arange(5.0).reshape(1, 1, 1, 5)
    wide, padding = pad_to_multiple(row, 8)
    assert wide[0, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]  # reflected: 3 < 5
    assert wide[0, 0, 7].tolist() == wide[0, 0, 0].tolist()  # one row can only be repeated
    assert padding == Padding(height=1, width=5, bottom=7, right=3)
    assert pad_to_multiple(row, 16)[0][0, 0, 0].tolist() == [0, 1, 2, 3, 4] + [4] * 11
    assert pad_to_multiple(row, 10)[0][0, 0, 0].tolist() == [0, 1, 2, 3, 4] + [4] * 5  # 5 < 5 is false


def test_nothing_missing_nothing_done():
    image = torch.rand(1, 3, 16, 32)
    padded, padding = pad_to_multiple(image, 16)
    assert padded is image
    assert (padding.bottom, padding.right) == (0, 0)


def test_gradients_pass():
    image = torch.rand(1, 3, 10, 10, requires_grad=True)
    padded, padding = pad_to_multiple(image, 8)
    crop_back(padded, padding).sum().backward()
    assert torch.equal(image.grad, torch.ones_like(image))


def test_wrong_numbers():
    image = torch.rand(1, 3, 10, 10)
    padded, padding = pad_to_multiple(image, 8)
    for call in (
        lambda: resize_longer(image, 0),
        lambda: pad_to_multiple(image, 0),
        lambda: crop_back(padded[..., :-1], padding),
    ):
        with pytest.raises(ValueError, match=r"at least|expected"):
            call()
