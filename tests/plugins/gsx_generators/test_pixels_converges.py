"""The loss falls on rough pictures too: coarse grain, where a first step that is too long was never taken back."""

import numpy as np
import pytest
import skimage.data
import torch

import gsx
from gsx.images import decode, resize_longer
from gsx.samples import style_path

PICTURES = {
    "gravel": lambda size: _image(skimage.data.gravel(), size),
    "moon": lambda size: _image(skimage.data.moon(), size),
    "grass": lambda size: _image(skimage.data.grass(), size),
    "noise": lambda size: torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)),
}


def _image(grey: np.ndarray, size: int) -> torch.Tensor:
    return resize_longer((torch.from_numpy(grey).float() / 255).expand(1, 3, -1, -1), size)


@pytest.fixture(scope="module")
def pipeline():
    return gsx.Pipeline.from_recipe({"generator": {"name": "pixels", "iterations": 12}})


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    ("size", "style"), [(64, "swirling_oils"), (64, "woodcut_waves"), (128, "pointillism"), (128, "mosaic")]
)
def test_rough_pictures(pipeline, name, size, style):
    content, losses = PICTURES[name](size), []
    with torch.no_grad():
        outputs = pipeline(
            content,
            resize_longer(decode(style_path(style)).image, size),
            listener=lambda index, total, values: losses.append(values["loss"]),
        )
    assert len(losses) == 12
    assert min(losses) < 0.4 * losses[0]
    assert (outputs.stylized - content).abs().mean() > 0.02


def test_gravel_at_the_default_size(pipeline):
    losses = []
    with torch.no_grad():
        pipeline(
            PICTURES["gravel"](256),
            resize_longer(decode(style_path("swirling_oils")).image, 256),
            listener=lambda index, total, values: losses.append(values["loss"]),
        )
    assert min(losses) < 0.4 * losses[0]
