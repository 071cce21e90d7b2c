"""Whitening and colouring: a map's channel covariance taken away, and another one given to it."""

from __future__ import annotations

import torch
from torch import Tensor


def covariance(features: Tensor) -> tuple[Tensor, Tensor]:
    """Channel means and covariance over positions, in float64, divided by H·W.

    In float32 the small eigenvalues, which whitening divides by, would be rounding.

    Shape:
        features ``(N, C, H, W)`` -> ``(N, C, 1)`` and ``(N, C, C)``.
    """
    flat = features.flatten(2).double()
    mean = flat.mean(dim=2, keepdim=True)
    centred = flat - mean
    return mean, centred @ centred.transpose(1, 2) / flat.shape[2]


def whiten_and_colour(content: Tensor, style: Tensor, floor: float) -> Tensor:
    """The content's structure with the style's channel means and covariance.

    F̂ = S^½ · C^-½ · (F_c − μ_c) + μ_s, with the symmetric roots of the covariances C and S, so that a map that has the
    style's covariance already stays as it is. Eigenvalues below ``floor`` times the largest are raised to it, in both:
    a direction that hardly varies in the content is rounding, and would be blown up to the style's size.

    Source: Li et al., "Universal Style Transfer via Feature Transforms", NIPS 2017, eq. 2 and 3.

    Args:
        floor: in (0, 1).

    Shape:
        content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` -> ``(N, C, H, W)``.
    """
    content_mean, content_covariance = covariance(content)
    style_mean, style_covariance = covariance(style)
    change = _power(style_covariance, 0.5, floor) @ _power(content_covariance, -0.5, floor)
    centred = content.flatten(2) - content_mean.to(content.dtype)
    moved = change.to(content.dtype) @ centred + style_mean.to(content.dtype)
    return moved.reshape(content.shape)


def _power(matrix: Tensor, exponent: float, floor: float) -> Tensor:
    """A symmetric positive matrix to a power, its eigenvalues held above the floor."""
    values, vectors = torch.linalg.eigh(matrix)
    least = floor * values[:, -1:].clamp_min(torch.finfo(torch.float32).tiny)
    power: Tensor = vectors @ (values.clamp_min(least).pow(exponent)[:, :, None] * vectors.transpose(1, 2))
    return power
