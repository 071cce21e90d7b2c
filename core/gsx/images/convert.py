"""An open Pillow picture becomes an upright sRGB tensor, with notes of what had to be done."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import torch
from PIL import ExifTags, Image, ImageCms, ImageFile
from torch import Tensor

from gsx.images.deep import DEEP_MODES, grey_to_unit

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(picture: ImageFile.ImageFile) -> tuple[Tensor, list[str]]:
    """Decode the pixels of a freshly opened picture.

    Returns:
        float32 RGB ``(1, 3, H, W)`` in [0, 1], contiguous, and the notes.

    Raises:
        Exception: whatever Pillow raises on damaged data, and ValueError for values that are no picture.
    """
    notes: list[str] = []
    if getattr(picture, "is_animated", False):
        notes.append("first of several frames used")
    layout = str(picture.tile)  # Read before loading, which forgets it.
    inverted = picture.format == "TIFF" and getattr(picture, "tag_v2", {}).get(262) == 0
    orientation = _orientation(picture)
    picture.load()
    image: Image.Image = picture
    if orientation in _UPRIGHT:
        if picture.format != "TIFF":  # Pillow turns TIFF, and only TIFF, by itself while loading.
            image = picture.transpose(_UPRIGHT[orientation])
        notes.append(f"EXIF orientation {orientation} applied")
    if image.mode in DEEP_MODES:
        return _deep_grey(image, layout, inverted, notes), notes
    if ";16" in layout:
        notes.append("16-bit colour read at 8 bits")
    image = _srgb(image, notes)
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()
    rgb = pixels[:3].to(torch.float32).div_(255)
    if pixels.shape[0] == 4:
        _over_white(rgb, pixels[3], notes)
    return rgb.unsqueeze(0), notes


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - a good picture with broken metadata is a good picture.
        return 1


def _deep_grey(image: Image.Image, layout: str, inverted: bool, notes: list[str]) -> Tensor:
    values = np.array(image)
    grey, note = grey_to_unit(values, image.mode, 12 if "I;12" in layout else 16)
    notes.append(note)
    if inverted and image.mode.startswith("I;16"):  # Pillow ignores WhiteIsZero at this depth.
        grey = 1 - grey
        notes.append("white-is-zero inverted")
    key = image.info.get("transparency")
    if isinstance(key, int) and (values == key).any():
        grey[values == key] = 1
        notes.append("alpha composited over white")
    notes.append("greyscale repeated")
    return torch.from_numpy(grey).expand(1, 3, -1, -1).contiguous()


def _srgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """``image`` in mode RGB, or RGBA if it has transparency, colours in sRGB."""
    mode = image.mode
    if mode in ("P", "PA"):
        notes.append("palette expanded")
    if image.has_transparency_data:
        image = image.convert("LA") if mode == "La" else image
        image = image.convert("RGBA")
    elif mode not in ("RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    if mode in ("1", "L", "LA", "La"):
        notes.append("greyscale repeated")
        return image  # A grey profile only bends the tone curve; Pillow's RGB no longer matches it.
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    managed = _from_profile(image, wanted, notes)
    if mode in ("CMYK", "LAB"):
        notes.append(f"{mode} converted")
    return managed or (image if image.mode == wanted else image.convert(wanted))


def _from_profile(image: Image.Image, wanted: str, notes: list[str]) -> Image.Image | None:
    """``image`` through its ICC profile into sRGB; None where it has none, a useless one, or is sRGB already."""
    data: bytes = image.info.get("icc_profile") or b""
    if not data and image.mode != "LAB":
        return None
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            source = ImageCms.ImageCmsProfile(BytesIO(data))
            if image.mode != "CMYK" and "sRGB" in ImageCms.getProfileDescription(source):
                return None
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        converted = ImageCms.profileToProfile(image, source, target, outputMode=wanted)
    except Exception:  # noqa: BLE001 - damaged, or made for another kind of pixels; also a Pillow without littlecms.
        notes.append("embedded ICC profile ignored (unusable)")
        return None
    if data:
        notes.append("embedded ICC profile converted to sRGB")
    return converted


def _over_white(rgb: Tensor, alpha: Tensor, notes: list[str]) -> None:
    """Composite ``rgb`` (3, H, W) in [0, 1] over white in place; ``alpha`` is uint8 (H, W)."""
    if int(alpha.min()) == 255:
        notes.append("opaque alpha dropped")
        return
    opacity = alpha.to(torch.float32).div_(255)
    rgb.mul_(opacity).add_(1 - opacity).clamp_(0, 1)
    notes.append("alpha composited over white")
