"""The generator that ships makes by tiles the picture that it makes at once."""

import torch

import gsx
from gsx.images import decode, resize_longer
from gsx.pipeline.tiles import reach, stylize_tiled
from gsx.samples import content_path, style_path

SIDE, TILE = 320, 432
"""Pixels. With 136 around it a tile covers 160 of its own, so there are 2x2; none of them sees the whole picture."""


def test_the_shipped_generator_makes_the_same_picture_by_tiles():
    pipeline = gsx.Pipeline.from_recipe({"explainer": [], "metric": []})
    assert pipeline.loaded.recipe.parts.generator.name == "resnet", "what auto stands for"
    content = resize_longer(decode(content_path("coffee")).image, 640)[..., :SIDE, :SIDE]
    style = resize_longer(decode(style_path("mosaic")).image, 160)
    with torch.no_grad():
        whole = pipeline(content, style).stylized
    totals, sides = set(), []  # sides: of what was extracted, the style first
    extract = pipeline.extract
    pipeline.extract = lambda image, *others: sides.append(max(image.shape[-2:])) or extract(image, *others)
    around = reach(pipeline, 96) * 3 // 2  # as by default, which for its margin wants tiles twice as expensive
    sides.clear()
    tiled = stylize_tiled(
        pipeline, content, style, tile=TILE, around=around, listener=lambda at, total, values: totals.add(total)
    )
    assert totals == {3 * 4}, "three rounds over 2x2 tiles"
    assert len(sides) == 1 + 3 * 4
    assert max(sides[1:]) < SIDE, "no tile saw the whole picture"
    assert tiled.shape == whole.shape == content.shape
    assert whole.std() > 0.05
    assert (tiled - whole).abs().max() < 1e-3
