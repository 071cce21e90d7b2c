"""A picture is halved by averages: no pixel is lost, and a grey one stays grey."""

import pytest
import torch

from gsx_discriminators.multiscale_patchgan import MultiscalePatchgan, halve
from gsx_discriminators.options import MultiscaleOptions, StylePatchganOptions
from gsx_discriminators.style_patchgan import StylePatchgan

OPTIONS = {"base_channels": 2, "layers": 1, "scales": 2, "norm": "none"}


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 5)])
def test_flat_stays_flat_and_is_half_as_large(size):
    made = halve(torch.full((1, 3, *size), 0.3))
    torch.testing.assert_close(made, torch.full((1, 3, (size[0] + 1) // 2, (size[1] + 1) // 2), 0.3))


def test_stripes_of_one_pixel_become_grey():
    """Every second column is white; dropping pixels would keep the white ones or the black ones alone."""
    stripes = (torch.arange(16) % 2).float().expand(1, 3, 16, 16)
    inner = halve(stripes)[..., 1:-1, 1:-1]
    torch.testing.assert_close(inner, torch.full_like(inner, 2 / 3))
    inner = halve(1 - stripes)[..., 1:-1, 1:-1]
    torch.testing.assert_close(inner, torch.full_like(inner, 1 / 3))


def multiscale(image):
    return MultiscalePatchgan(MultiscaleOptions(**OPTIONS))(image)


def beside_a_style(image):
    return StylePatchgan(StylePatchganOptions(**OPTIONS))(image, torch.rand(1, 3, 32, 32))


@pytest.mark.parametrize("judge", [multiscale, beside_a_style])
def test_the_coarse_scale_sees_every_pixel(judge):
    torch.manual_seed(0)
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    judge(image)[1].sum().backward()
    assert (image.grad[..., 4:-4, 4:-4] != 0).all()
