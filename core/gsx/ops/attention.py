"""Attention of a content's positions to a style's, with a grid that bounds its cost."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

from gsx.ops.statistics import mean_std

QUERIES = 4096
"""Content positions attended at a time: bounds the matrix of weights."""


def grid(features: Tensor, most: int) -> tuple[int, int]:
    """Height and width of a map averaged over cells until it has no more than ``most`` positions."""
    height, width = features.shape[-2:]
    shrink = max(1.0, math.sqrt(height * width / most))
    return max(1, int(height / shrink)), max(1, int(width / shrink))


def attention_weights(content: Tensor, style: Tensor, temperature: float) -> Tensor:
    """How much each content position takes from each style position.

    softmax over style positions of cosine / temperature, after both maps are normalised per channel, so that neither a
    dominating channel nor a common offset decides.

    Source: Liu et al., "AdaAttN: Revisit Attention Mechanism in Arbitrary Neural Style Transfer", ICCV 2021, eq. 3,
    without learned projections, and with the cosine in place of the product.

    Shape:
        content ``(N, C, P)`` and style ``(N or 1, C, Q)``, normalised per channel -> ``(N, P, Q)``.
    """
    queries, keys = normalize(content, dim=1), normalize(style, dim=1)
    return torch.softmax(queries.transpose(1, 2) @ keys / temperature, dim=2)


def per_channel(features: Tensor) -> Tensor:
    """Zero mean and unit deviation per channel. Shape: ``(N, C, H, W)``, the same."""
    mean, std = mean_std(features)
    return (features - mean) / std


def attend(content: Tensor, style: Tensor, temperature: float, most: int) -> tuple[Tensor, Tensor]:
    """Mean and deviation of what each content position attends to.

    Args:
        most: the style is averaged over cells until it has no more positions; its deviation within cells counts.

    Source: Liu et al., ICCV 2021, eq. 4 and 5.

    Shape:
        content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` -> two of ``(N, C, H, W)``.
    """
    cells = grid(style, most)
    keys = adaptive_avg_pool2d(per_channel(style), cells).flatten(2)
    values = adaptive_avg_pool2d(style, cells).flatten(2).transpose(1, 2)
    squares = adaptive_avg_pool2d(style.square(), cells).flatten(2).transpose(1, 2)
    means, spreads = [], []
    for part in torch.split(per_channel(content).flatten(2), QUERIES, dim=2):
        weights = attention_weights(part, keys, temperature)
        mean = weights @ values
        means.append(mean)
        spreads.append((weights @ squares - mean.square()).clamp_min(0).sqrt())
    mean, spread = (torch.cat(parts, dim=1).transpose(1, 2).reshape(content.shape) for parts in (means, spreads))
    return mean, spread
