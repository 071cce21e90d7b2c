"""Contact sheets: held-out pictures in held-out styles, with the averaged weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.utils import make_grid

from gsx.images import save_png
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.pictures import Domain

CONTENTS, STYLES, SIDE = 4, 5, 160


def write_sheet(networks: Networks, content: Domain, style: Domain, path: Path) -> str | None:
    """Styles in the first row, contents in the first column, and what is made of each pair.

    Returns:
        what there is to say of it: how many pictures are grey because they hold no numbers.
    """
    contents, styles = content.shown(CONTENTS), style.shown(STYLES)
    broken = 0
    rows = [torch.ones(1, 3, SIDE, SIDE), *map(_tile, styles)]
    with torch.no_grad():
        on_device = [image.to(networks.device) for image in styles]
        style_maps = [networks.extract(image) for image in on_device]
        for content_image in contents:
            image = content_image.to(networks.device)
            own = networks.extract(image)
            rows.append(_tile(content_image))
            for other, theirs in zip(on_device, style_maps, strict=True):
                made = networks.generate(networks.fuse(own, theirs), image, other, (own, theirs), averaged=True)
                if not made.isfinite().all():
                    made, broken = torch.full_like(made, 0.5), broken + 1
                rows.append(_tile(made.cpu()))
    sheet = make_grid(torch.cat(rows), nrow=len(styles) + 1, padding=4, pad_value=1.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_png(sheet[None], path)
    return f"{broken} pictures of the contact sheet are NaN or infinite; they are grey in it" if broken else None


def _tile(image: Tensor) -> Tensor:
    return interpolate(image, size=(SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1)
