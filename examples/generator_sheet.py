"""What the bundled generator makes of every sample: photographs down, styles across, one pass each.

python examples/generator_sheet.py --size 224 --out examples/pictures/generator.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.functional import to_pil_image
from torchvision.utils import make_grid

import gsx
from gsx.images import decode, resize_longer
from gsx.samples import content_names, content_path, style_names, style_path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--size", type=int, default=48, help="longer side in pixels")
parser.add_argument("--generator", default="resnet")
parser.add_argument("--fusion", default="adain")
parser.add_argument("--out", type=Path, default=Path("generator.jpg"))
arguments = parser.parse_args()


def tile(image: Tensor) -> Tensor:
    """A square of the middle."""
    side = min(image.shape[-2:])
    top, left = (image.shape[-2] - side) // 2, (image.shape[-1] - side) // 2
    square = image[..., top : top + side, left : left + side]
    return interpolate(square, size=(arguments.size,) * 2, mode="bilinear", antialias=True).clamp(0, 1)


pipeline = gsx.Pipeline.from_recipe(generator=arguments.generator, fusion=arguments.fusion)
styles = [resize_longer(decode(style_path(name)).image, arguments.size) for name in style_names()]
cells = [torch.ones(1, 3, arguments.size, arguments.size), *map(tile, styles)]
for name in content_names():
    content = resize_longer(decode(content_path(name)).image, arguments.size)
    cells += [tile(content), *(tile(gsx.stylize(content, style, pipeline=pipeline).stylized) for style in styles)]
sheet = make_grid(torch.cat(cells), nrow=len(styles) + 1, padding=4, pad_value=1.0)
to_pil_image(sheet).save(arguments.out, quality=80)
print(f"{arguments.out}: {len(content_names())} photographs in {len(styles)} styles")
