"""Style swap: real style vectors gathered onto the content's grid."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.ops.statistics import Statistics, mean_std

CHUNK = 4096
"""Positions of each side matched at a time: bounds the similarity matrix."""


def nearest_positions(content: Tensor, style: Tensor, own: Statistics | None = None) -> Tensor:
    """For each content position, the style position whose vector points the same way, after both are whitened
    per channel (so that a dominating channel or a common offset does not decide).

    Source: Chen & Schmidt, "Fast Patch-based Style Transfer of Arbitrary Style", 2016, with 1×1 patches.

    Args:
        own: of the whole content where ``content`` is a part of it; by default those of ``content``.

    Shape:
        content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` -> ``(N, H * W)`` indices into ``H' * W'``.
    """
    keys = torch.nn.functional.normalize(_whitened(style, mean_std(style)), dim=1).expand(len(content), -1, -1)
    queries = _whitened(content, mean_std(content) if own is None else own)
    return torch.cat([_best(part.transpose(1, 2), keys) for part in torch.split(queries, CHUNK, dim=2)], dim=1)


def _best(queries: Tensor, keys: Tensor) -> Tensor:
    """The key with the largest product, the first of equals. Shape: ``(N, P, C)``, ``(N, C, K)`` -> ``(N, P)``."""
    best, at = queries.new_full(queries.shape[:2], -torch.inf), torch.zeros(queries.shape[:2], dtype=torch.long)
    at = at.to(queries.device)
    for start in range(0, keys.shape[2], CHUNK):
        value, index = torch.bmm(queries, keys[:, :, start : start + CHUNK]).max(dim=2)
        larger = value > best
        best, at = torch.where(larger, value, best), torch.where(larger, index + start, at)
    return at


def _whitened(features: Tensor, own: Statistics) -> Tensor:
    mean, std = own
    return ((features - mean) / std).flatten(2)


def gather_positions(features: Tensor, positions: Tensor, size: tuple[int, int]) -> Tensor:
    """The vectors of ``features`` at ``positions``, as a map of ``size = (h, w)``.

    Shape:
        features ``(N or 1, C, H', W')``, positions ``(N, h * w)`` -> ``(N, C, h, w)``.
    """
    flat = features.flatten(2).expand(len(positions), -1, -1)
    gathered = flat.gather(2, positions[:, None, :].expand(-1, flat.shape[1], -1))
    return gathered.reshape(*gathered.shape[:2], *size)
