"""The region that a run's user marks: read from a picture file, and brought to the content's size."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from torch.nn.functional import interpolate

from gsx.errors import ContractError
from gsx.explaining.mask import check_mask
from gsx.images import Decoded, decode
from gsx.images.names import shown

HALF = 0.5
"""What marks a pixel: explainers that ask what is inside find nothing in a mask below it."""

COLOUR = 0.1
"""How far a pixel's colours may be from grey: what a JPEG makes of a grey picture stays below."""


def read_mask(named: str, content: Decoded) -> tuple[Decoded, Tensor]:
    """The file, and the mask ``(1, 1, H, W)`` in [0, 1] in the file's own size: white marks the region.

    Raises:
        ImageError: the file is missing or unreadable.
        ContractError: it is no grey picture of the content's own size, or it marks nothing.
    """
    decoded = decode(Path(named).expanduser())
    grey = decoded.image.mean(1, keepdim=True)
    where = f"input.mask {shown(decoded.path.name)}"
    if (decoded.image - grey).abs().max() > COLOUR:
        raise ContractError(
            f"{where}: the mask is a picture in colour.",
            hint="A mask is grey, of the content's own size: white marks the region, black the rest.",
        )
    try:
        check_mask(grey, content.image)
    except ContractError as error:
        raise ContractError(f"{where}: {error.message}", hint=error.hint) from error
    if grey.max() < HALF:
        raise ContractError(
            f"{where}: the mask is dark everywhere: its lightest pixel has {255 * grey.max():.0f} of 255.",
            hint="White (255) marks the region, black the rest; multiply a mask of 0 and 1 by 255.",
        )
    return decoded, grey


def mask_for(mask: Tensor, picture: Tensor) -> Tensor:
    """The mask in the size of a picture: averaged over areas, so that an edge within a pixel becomes soft.

    Shape:
        mask ``(1, 1, H, W)``, picture ``(N, 3, h, w)`` -> ``(1, 1, h, w)`` on the picture's device.
    """
    return interpolate(mask, size=picture.shape[-2:], mode="area").to(picture.device)
