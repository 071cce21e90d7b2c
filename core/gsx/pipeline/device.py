"""Choosing the device to compute on."""

from __future__ import annotations

import torch

from gsx.errors import DeviceError


def pick_device(wanted: str) -> torch.device:
    """``auto`` takes the first of cuda, mps, cpu that works here; anything else has to exist.

    Raises:
        DeviceError: the machine does not have it; the message says what it has.
    """
    have = ["cpu"]
    if torch.cuda.is_available():
        have = [*(f"cuda:{index}" for index in range(torch.cuda.device_count())), *have]
    if torch.backends.mps.is_available():
        have = ["mps", *have]
    if wanted == "auto":
        return torch.device(have[0])
    if wanted in have or (wanted == "cuda" and have[0].startswith("cuda")):
        return torch.device(wanted)
    raise DeviceError(
        f"device {wanted!r} is not available; this machine has: {', '.join(have)}.",
        hint="Use --device auto to take the best one.",
    )
