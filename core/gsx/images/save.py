"""Write an image as PNG, whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gsx.errors import StoreError
from gsx.images.names import shown


def save_png(image: Tensor, path: str | os.PathLike[str]) -> None:
    """Save as 8-bit RGB PNG, replacing what was there; a failure leaves what was there, and no half file.

    Args:
        image: ``(1, 3, H, W)`` or ``(3, H, W)``, floating point, any device; clamped to [0, 1], then ``round(255 x)``.
        path: the file to write, in a folder that exists.

    Raises:
        StoreError: the folder is missing or may not be written, ``path`` is a folder, or the disk is full.
        ValueError: another shape or type, or NaN.
    """
    data = _png(image)
    path = Path(path)
    # In the same folder, since a rename is atomic only within one file system; named apart from ``path``, whose name
    # may already be as long as the system allows; opened by hand, since tempfile's 0600 would outlive the rename.
    temporary = path.parent / f".gsx-{secrets.token_hex(8)}.tmp"
    try:
        try:
            with open(temporary, "xb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        reason, hint = _explained(error)
        raise StoreError(f"{shown(path)} cannot be written: {reason}.", hint=hint) from error


def _png(image: Tensor) -> bytes:
    pixels = image.detach()
    if pixels.ndim == 4 and pixels.shape[0] == 1:
        pixels = pixels[0]
    if pixels.ndim != 3 or pixels.shape[0] != 3 or 0 in pixels.shape or not pixels.is_floating_point():
        raise ValueError(f"expected a float (1, 3, H, W) or (3, H, W), got {image.dtype} {tuple(image.shape)}")
    pixels = pixels.to("cpu", torch.float32)
    if bool(pixels.isnan().any()):
        raise ValueError("the image has NaN pixels")
    bytes_ = pixels.clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous()
    buffer = BytesIO()
    Image.fromarray(bytes_.numpy()).save(buffer, "PNG")
    return buffer.getvalue()


def _explained(error: OSError) -> tuple[str, str]:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk or the quota is full", "Free some space, or choose another output folder."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission to write there", "Choose an output folder that you may write to."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "its folder does not exist", "Create the folder first."
    if error.errno == errno.EISDIR:
        return "a folder of that name exists", "Choose another name."
    return error.strerror or str(error), "Check the output folder and the disk."
