"""Noise that belongs to a place: the same at a position of a picture, whichever part of the picture is computed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_BITS = 0xFFFFFFFF


def position_noise(size: tuple[int, int], *, stride: int = 1, seed: int = 0, origin: Tensor | None = None) -> Tensor:
    """White noise of mean 0 and variance 1, uniform in [-√3, √3], a pure function of seed, stride and position.

    So the parts of a picture get what the whole one gets there, and no random state is used.

    Args:
        size: ``(h, w)`` of a map.
        stride: of that map; each stride has its own noise.
        origin: pixels at which each sample's map begins in the whole picture, ``(N, 2)`` whole numbers as (row,
            column), multiples of ``stride``; by default one sample that begins at (0, 0).

    Returns:
        ``(N, 1, h, w)`` float32 on the origin's device.

    Source of the mixing of bits: the finaliser of Appleby's MurmurHash3.
    """
    if origin is None:
        origin = torch.zeros(1, 2, dtype=torch.int64)
    first = origin.to(torch.int64) // stride
    rows, columns = (
        first[:, side, None] + torch.arange(length, device=origin.device) for side, length in enumerate(size)
    )
    salted = _mixed(torch.tensor((seed * 0x9E3779B1 + stride) & _BITS, device=origin.device))
    bits = _mixed(_mixed(salted ^ (rows & _BITS))[:, :, None] ^ (columns & _BITS)[:, None, :])
    return ((bits.float() / 2**32 - 0.5) * math.sqrt(12))[:, None]


def _mixed(bits: Tensor) -> Tensor:
    """32 bits in, 32 bits out, each of which depends on all of them."""
    bits = (bits + 0x9E3779B9) & _BITS  # 0 would stay 0
    bits = ((bits ^ (bits >> 16)) * 0x85EBCA6B) & _BITS
    bits = ((bits ^ (bits >> 13)) * 0xC2B2AE35) & _BITS
    return bits ^ (bits >> 16)
