"""Tiles: cover everything once, and make the picture that is made at once."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d

import gsx
from gsx.errors import ContractError
from gsx.images import decode, resize_longer
from gsx.ops.statistics import RunningStatistics
from gsx.pipeline.tile_grid import tiles_of
from gsx.pipeline.tiles import reach, stylize_tiled
from gsx.samples import content_path, style_path
from gsx.specs.layout import FeatureLayout, Layer
from gsx_fusions.adain import Adain
from gsx_fusions.options import AdainOptions
from gsx_generators.options import ResnetOptions, UnetOptions
from gsx_generators.resnet import Resnet
from gsx_generators.unet import Unet

LAYERS = [f"relu{number}_1" for number in range(1, 6)]
SLIM = {"name": "vgg19-slim", "weights": "random", "widths": [2, 3, 3, 4, 4]}


@given(size=st.tuples(st.integers(1, 90), st.integers(1, 90)), side=st.integers(1, 60), around=st.integers(0, 20))
def test_every_pixel_belongs_to_one_tile(size, side, around):
    seen = torch.zeros(size)
    for tile in tiles_of(size, side, around, 4):
        top, bottom, left, right = tile.core
        seen[top:bottom, left:right] += 1
        above, below, before, after = tile.outer
        assert above % 4 == before % 4 == 0
        # The surroundings are there wherever the picture goes on.
        for edge, wanted, limit in ((above, top - around, 0), (before, left - around, 0)):
            assert edge <= max(limit, wanted)
        for edge, wanted, limit in ((below, bottom + around, size[0]), (after, right + around, size[1])):
            assert edge >= min(limit, wanted)
        own = torch.arange(size[0] * size[1]).view(1, 1, *size)
        assert torch.equal(tile.inside(tile.cut(own)), own[..., top:bottom, left:right])
    assert (seen == 1).all()


def pipeline_of(generator, fusion):
    torch.manual_seed(0)
    pipeline = gsx.Pipeline.from_recipe(
        {
            "extractor": {"name": "vgg19"},
            "fusion": fusion,
            "generator": {"name": "pixels", "content_layers": LAYERS},
            "explainer": [],
            "metric": [],
        }
    )
    layout = pipeline.layout
    levels = tuple(layout)[:4] if generator == "resnet" else tuple(layout)
    made = (
        Resnet(ResnetOptions(channels=8, blocks=1), layout.select(levels))
        if generator == "resnet"
        else Unet(UnetOptions(channels=4), layout.select(levels))
    )
    for parameter in made.parameters():  # larger than at the start of a training, so that differences show
        parameter.data.mul_(1.5)
    return gsx.Pipeline(
        pipeline.modules["extractor"],
        pipeline.modules["fusion"],
        made,
        layout=layout,
        levels=levels,
        multiple=layout[levels[-1]].stride,
        traits=frozenset({"differentiable", "tileable"}),
    )


@pytest.mark.parametrize(
    ("generator", "fusion"),
    [("resnet", {"name": "weighted-sum", "alpha": 0.3}), ("unet", {"name": "adain", "alpha": 0.8})],
)
def test_tiles_make_the_picture_that_is_made_at_once(generator, fusion):
    pipeline = pipeline_of(generator, fusion)
    content = resize_longer(decode(content_path("coffee")).image, 500)[..., :333, :]
    style = resize_longer(decode(style_path("mosaic")).image, 200)
    with torch.no_grad():
        whole = pipeline(content, style).stylized
    seen = []
    tiled = stylize_tiled(
        pipeline, content, style, tile=448, around=160, listener=lambda at, total, values: seen.append((at, total))
    )
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1] == 3 * 12
    assert whole.std() > 0.01
    assert (tiled - whole).abs().max() < 1e-4


class OfTheFirstPart(RunningStatistics):
    """What tiles would do that knew of themselves only."""

    def add(self, part):
        if not self._count:
            super().add(part)


def test_without_the_statistics_of_the_whole_the_tiles_would_differ(monkeypatch):
    pipeline = pipeline_of("resnet", {"name": "adain"})
    photo = resize_longer(decode(content_path("coffee")).image, 400)
    content = torch.cat([photo * 0.3, 0.7 + photo * 0.3], dim=3)
    style = resize_longer(decode(style_path("mosaic")).image, 100)
    with torch.no_grad():
        whole = pipeline(content, style).stylized
    assert (stylize_tiled(pipeline, content, style, tile=448, around=128) - whole).abs().max() < 1e-4
    monkeypatch.setattr("gsx.pipeline.tiles.RunningStatistics", OfTheFirstPart)
    assert (stylize_tiled(pipeline, content, style, tile=448, around=128) - whole).abs().max() > 1e-2


def blurring(first, second):
    """Extractor and generator are box blurs of two radii."""

    def blur(image, radius):
        return avg_pool2d(image, 2 * radius + 1, stride=1, padding=radius, count_include_pad=False)

    return gsx.Pipeline(
        lambda image, layers: {"blur": blur(image, first)},
        Adain(AdainOptions()),
        lambda fused, content, context: blur(fused["blur"], second),
        layout=FeatureLayout([Layer("blur", 3, 1)]),
        levels=("blur",),
        multiple=4,
        traits=frozenset({"tileable"}),
    )


@given(first=st.integers(0, 30), second=st.integers(0, 30))
@settings(max_examples=20, deadline=None)
def test_reach_is_as_far_as_the_kernels_go(first, second):
    # 1e-5 of a blurred change: beside a wide kernel the last columns count for less, and noise hides some of them.
    assert first + second - 1 <= reach(blurring(first, second), 80) <= first + second


def test_reach_beyond_what_is_asked_for():
    assert reach(blurring(30, 30), 40) > 40


def test_surroundings_are_found_by_trying():
    content, style = torch.rand(2, 1, 3, 150, 200).unbind()
    pipeline = blurring(5, 9)
    with torch.no_grad():
        whole = pipeline(content, style).stylized
    assert (stylize_tiled(pipeline, content, style, tile=96) - whole).abs().max() < 1e-5
    with pytest.raises(ContractError, match="look further than 13 px, so tiles of 80 px would show seams"):
        stylize_tiled(pipeline, content, style, tile=80)


def test_what_depends_on_the_whole_picture_is_refused():
    pipeline = gsx.Pipeline(
        lambda image, layers: {"whole": image - image.mean(dim=(2, 3), keepdim=True)},
        Adain(AdainOptions()),
        lambda fused, content, context: fused["whole"],
        layout=FeatureLayout([Layer("whole", 3, 1)]),
        levels=("whole",),
        traits=frozenset({"tileable"}),
    )
    with pytest.raises(ContractError, match="would show seams") as caught:
        stylize_tiled(pipeline, torch.rand(1, 3, 90, 90), torch.rand(1, 3, 90, 90), tile=60)
    assert "further than 10 px" in caught.value.message


def test_refusals():
    pixels = gsx.Pipeline.from_recipe({"extractor": SLIM, "generator": {"name": "pixels"}})
    image = torch.rand(1, 3, 64, 64)
    with pytest.raises(ContractError, match="generator needs the whole picture"):
        stylize_tiled(pixels, image, image)
    pipeline = pipeline_of("resnet", {"name": "weighted-sum", "align": "none"})
    with pytest.raises(ContractError, match="align=none"):
        stylize_tiled(pipeline, image, image)
    with pytest.raises(ContractError, match="fusion needs the whole picture"):
        stylize_tiled(pipeline.with_fusion(lambda content, style, level: content[level]), image, image)


def test_the_surroundings_bear_what_noise_does_not_show():
    """Half as far again: a generator whose farthest look wakes in bright places alone, which the trial never has."""

    def blur(image, radius):
        return avg_pool2d(image, 2 * radius + 1, stride=1, padding=radius, count_include_pad=False)

    pipeline = gsx.Pipeline(
        lambda image, layers: {"picture": image},
        Adain(AdainOptions(alpha=0.0)),
        lambda fused, content, context: blur(content, 8) / 2 + torch.relu(blur(content, 11) - 0.8) * 2,
        layout=FeatureLayout([Layer("picture", 3, 1)]),
        levels=("picture",),
        multiple=1,
        traits=frozenset({"tileable"}),
    )
    assert reach(pipeline, 16) <= 8, "the trial does not show how far it looks"
    content = torch.rand(1, 3, 120, 150) * 0.1 + 0.9
    with torch.no_grad():
        whole = pipeline(content, content).stylized
    assert (stylize_tiled(pipeline, content, content, tile=96) - whole).abs().max() < 1e-5
    assert (stylize_tiled(pipeline, content, content, tile=96, around=8) - whole).abs().max() > 1e-4
