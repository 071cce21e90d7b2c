"""The picture at the top of the README: one photograph in several styles, and what in each result speaks for its style.

A map for one style shows where the picture was changed that way, which is nearly everywhere; less the mean of the maps
for the other styles, and less its own mean over the picture, it shows where this style rather than another is strong.

python examples/overview_picture.py --size 320 --out examples/pictures/overview.jpg
"""

import argparse
from pathlib import Path

import torch
from torchvision.transforms.functional import center_crop, resize, to_pil_image
from torchvision.utils import make_grid

import gsx
from gsx.explaining.view import overlay, scale_of
from gsx.images import decode, resize_longer
from gsx.samples import content_path, style_path

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=48, help="longer side in pixels")
parser.add_argument("--iterations", type=int, default=80)
parser.add_argument("--styles", nargs="+", default=["swirling_oils", "woodcut_waves", "mosaic", "pop_art"])
parser.add_argument("--content", default="chelsea")
parser.add_argument("--out", type=Path, help="a JPEG; not given: only say what would be drawn")
arguments = parser.parse_args()

pipeline = gsx.Pipeline.from_recipe(
    {"generator": {"name": "pixels", "iterations": arguments.iterations}}, size=arguments.size
)
content = resize_longer(decode(content_path(arguments.content)).image, arguments.size)
height, width = content.shape[-2:]
styles = {name: resize_longer(decode(style_path(name)).image, arguments.size) for name in arguments.styles}
columns = [[content[0], torch.ones_like(content[0]), torch.ones_like(content[0])]]
for name, style in styles.items():
    stylized = gsx.stylize(content, style, pipeline=pipeline).stylized
    maps = {
        asked: gsx.explain(pipeline, content, image, stylized=stylized, explainer="gradcam").maps["gradcam"].values[0]
        for asked, image in styles.items()
    }
    heat = maps.pop(name)
    if maps:
        heat = heat - torch.stack(list(maps.values())).mean(0)
    heat = heat - heat.mean()
    print(f"{name}: from {heat.min():+.2g} to {heat.max():+.2g}")
    columns.append(
        [
            center_crop(resize(style[0], max(height, width), antialias=True), [height, width]),
            stylized[0],
            overlay(heat, stylized[0], scale_of(heat)),
        ]
    )
tiles = [column[row] for row in range(3) for column in columns]
sheet = make_grid(tiles, nrow=len(columns), padding=max(1, arguments.size // 40), pad_value=1.0)
if arguments.out:
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    to_pil_image(sheet.clamp(0, 1)).save(arguments.out, quality=88)
print("sheet:", tuple(sheet.shape))
