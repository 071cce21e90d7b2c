"""Change an image's size: to a longer side, and up to a multiple of a stride and back."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


def resize_longer(image: Tensor, size: int) -> Tensor:
    """Resize so that the longer side is ``size``, aspect kept.

    Antialiased bicubic, clamped to [0, 1] (bicubic overshoots at edges). A smaller image is enlarged: ``size`` is what
    the longer side *will be*, so that content and style get the same scale whatever the files were.

    Args:
        image: ``(N, C, H, W)`` in [0, 1].
        size: pixels, at least 1.

    Returns:
        ``(N, C, h, w)`` in [0, 1] with ``max(h, w) == size``, the other side rounded to the nearest pixel and at least
        1. ``image`` itself, not a copy, where it has that size already.

    Raises:
        ValueError: ``size`` below 1.
    """
    target = _resized(image, size)
    if target == (image.shape[-2], image.shape[-1]):
        return image
    return functional.interpolate(image, size=target, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)


def resize_note(image: Tensor, size: int) -> str | None:
    """What :func:`resize_longer` does to ``image``, such as ``"reduced from 4032 x 3024 to 512 x 384"``, or None."""
    height, width = int(image.shape[-2]), int(image.shape[-1])
    new_height, new_width = _resized(image, size)
    if (new_height, new_width) == (height, width):
        return None
    verb = "enlarged" if size > max(height, width) else "reduced"
    return f"{verb} from {width} x {height} to {new_width} x {new_height}"


def _resized(image: Tensor, size: int) -> tuple[int, int]:
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    height, width = int(image.shape[-2]), int(image.shape[-1])
    longer = max(height, width)
    # Integers, half up: round() on floats would send halves to the even neighbour.
    return max(1, (2 * height * size + longer) // (2 * longer)), max(1, (2 * width * size + longer) // (2 * longer))


@dataclass(frozen=True)
class Padding:
    """What :func:`pad_to_multiple` added: ``bottom`` rows and ``right`` columns to a ``height`` x ``width`` image."""

    height: int
    width: int
    bottom: int
    right: int


def pad_to_multiple(image: Tensor, multiple: int) -> tuple[Tensor, Padding]:
    """Pad at the bottom and the right until ``multiple`` divides both sides.

    Only there, so that pixel (0, 0) stays pixel (0, 0) and maps need no offset. Each axis is reflected, or has its last
    row or column repeated where it is too short to be reflected.

    Args:
        image: ``(N, C, H, W)``.
        multiple: pixels, at least 1: the network's total stride.

    Returns:
        ``(N, C, H + bottom, W + right)`` (``image`` itself where nothing is missing), and what :func:`crop_back` needs.

    Raises:
        ValueError: ``multiple`` below 1.
    """
    if multiple < 1:
        raise ValueError(f"multiple must be at least 1, not {multiple}")
    height, width = int(image.shape[-2]), int(image.shape[-1])
    padding = Padding(height, width, -height % multiple, -width % multiple)
    if padding.right:
        mode = "reflect" if padding.right < width else "replicate"
        image = functional.pad(image, (0, padding.right, 0, 0), mode=mode)
    if padding.bottom:
        mode = "reflect" if padding.bottom < height else "replicate"
        image = functional.pad(image, (0, 0, 0, padding.bottom), mode=mode)
    return image, padding


def crop_back(image: Tensor, padding: Padding) -> Tensor:
    """Undo :func:`pad_to_multiple`: ``(..., H + bottom, W + right)`` -> ``(..., H, W)``, a view.

    Raises:
        ValueError: ``image`` has not the padded size (what lies between must keep it).
    """
    padded = (padding.height + padding.bottom, padding.width + padding.right)
    if tuple(image.shape[-2:]) != padded:
        raise ValueError(f"expected the padded size {padded} (height, width), got {tuple(image.shape[-2:])}")
    return image[..., : padding.height, : padding.width]
