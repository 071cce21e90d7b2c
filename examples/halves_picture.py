"""A picture whose truth is known: painted half in one style and half in another, and what the maps say of it.

python examples/halves_picture.py --size 256 --out examples/pictures/halves.jpg
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
parser.add_argument("--size", type=int, default=64, help="longer side in pixels")
parser.add_argument("--iterations", type=int, default=80)
parser.add_argument("--left", default="pop_art")
parser.add_argument("--right", default="ukiyo_e")
parser.add_argument("--content", default="astronaut")
parser.add_argument("--out", type=Path, help="a JPEG; not given: only say what would be drawn")
arguments = parser.parse_args()

pipeline = gsx.Pipeline.from_recipe(
    {"generator": {"name": "pixels", "iterations": arguments.iterations}}, size=arguments.size
)
content = resize_longer(decode(content_path(arguments.content)).image, arguments.size)
height, width = content.shape[-2:]
styles = [resize_longer(decode(style_path(name)).image, arguments.size) for name in (arguments.left, arguments.right)]
left, right = (gsx.stylize(content, style, pipeline=pipeline).stylized for style in styles)
made = torch.cat([left[..., : width // 2], right[..., width // 2 :]], dim=-1)
first, second = (
    gsx.explain(pipeline, content, style, stylized=made, explainer="gradcam").maps["gradcam"].values[0]
    for style in styles
)
difference = first - second
middle = difference.shape[1] // 2
print(f"red on the left: {difference[:, :middle].clamp_min(0).sum() / difference.clamp_min(0).sum():.0%} of all red")
print(f"blue on the right: {difference[:, middle:].clamp_max(0).sum() / difference.clamp_max(0).sum():.0%} of all blue")
tiles = [
    *(center_crop(resize(style[0], max(height, width), antialias=True), [height, width]) for style in styles),
    made[0],
    overlay(first, made[0], scale_of(first)),
    overlay(second, made[0], scale_of(first)),
    overlay(difference, made[0], scale_of(difference)),
]
sheet = make_grid(tiles, nrow=len(tiles), padding=max(1, arguments.size // 40), pad_value=1.0)
if arguments.out:
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    to_pil_image(sheet.clamp(0, 1)).save(arguments.out, quality=88)
print("sheet:", tuple(sheet.shape))
