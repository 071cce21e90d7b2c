"""Which style did it: a picture whose left half is one style and whose right half another.

A map for one style is large wherever the picture was changed, so alone it does not tell; the difference of the two
maps has to. It competes with the same activations under random channel weights, which see the change but not the style.
"""

import pytest
import torch
from torch.nn.functional import interpolate

import gsx
from gsx.images import decode, resize_longer
from gsx.samples import content_path, style_path

PAIRS = [
    ("cubist_facets", "pointillism"),
    ("ink_crosshatch", "pop_art"),
    ("pop_art", "ukiyo_e"),
    ("stained_glass", "watercolour"),
]


@pytest.fixture(scope="module")
def bundled():
    return gsx.Pipeline.from_recipe(extractor="vgg19", generator="pixels")


def load(path):
    return resize_longer(decode(path).image, 128)


def area_under_curve(heat):
    """The chance that a place on the left has a larger value than one on the right."""
    left, right = heat[:, : heat.shape[1] // 2].flatten(), heat[:, heat.shape[1] // 2 :].flatten()
    return (left[:, None] > right[None]).float().mean().item()


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_the_difference_of_two_maps_tells_the_halves_apart(bundled, pair):
    content = load(content_path("astronaut"))
    styles = [load(style_path(name)) for name in pair]
    middle = content.shape[-1] // 2
    left, right = (interpolate(style, size=content.shape[-2:], mode="bilinear") for style in styles)
    made = torch.cat([left[..., :middle], right[..., middle:]], dim=-1)

    first, second = (gsx.explain(bundled, content, style, stylized=made).maps["gradcam"].values[0] for style in styles)
    ours = area_under_curve(first - second)
    assert ours > 0.85

    change = (bundled.extract(made, ["relu4_1"])["relu4_1"] - bundled.extract(content, ["relu4_1"])["relu4_1"])[0]
    weights = torch.randn(20, len(change), generator=torch.Generator().manual_seed(0))
    chance = [area_under_curve(torch.einsum("k,khw->hw", row, change)) for row in weights]
    assert ours > max(chance)


def test_a_style_that_is_nowhere_in_the_picture_is_no_evidence(bundled):
    """Asked about a style that the picture does not show, the map sums to less than for the one it shows."""
    content, shown, absent = (
        load(path) for path in (content_path("astronaut"), style_path("pop_art"), style_path("ink_crosshatch"))
    )
    made = interpolate(shown, size=content.shape[-2:], mode="bilinear")
    own, other = (
        gsx.explain(bundled, content, style, stylized=made).provenance["map_sum"][0] for style in (shown, absent)
    )
    assert own > 2 * abs(other) or other < 0
