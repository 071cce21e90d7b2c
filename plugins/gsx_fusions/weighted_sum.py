"""weighted-sum: the paper's fusion over several style layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import ContractError
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.resample import resample
from gsx.ops.ridge import apply_channels, fit_ridge
from gsx.ops.statistics import EPSILON, Statistics, match_statistics, mean_std
from gsx.ops.swap import gather_positions, nearest_positions
from gsx_fusions.options import WeightedSumOptions, weights_at

POSITIONS_PER_PICTURE = 4096
"""Positions of a reference picture that enter the ridge fit, evenly spaced: enough for 512 channels."""


class WeightedSum:
    """F̂ = α·F_c + β·Σ_l w_l·P_l(F_s^l), the survey's formula; P_l brings layer l to the level's channels.

    At the level itself P is the identity. With ``align = adain`` and one layer it is AdaIN's own interpolation;
    with α = 1 and β = 0 it gives F_c exactly.
    """

    def __init__(self, options: WeightedSumOptions) -> None:
        self.options = options
        self.alpha = options.alpha
        self.beta = 1 - options.alpha if options.beta is None else options.beta
        self._maps: dict[str, Tensor] = {}

    def fit_key(self) -> str:
        """What of the options the fitted maps depend on."""
        return f"{self.options.projection} {sorted(self.options.weights or ())} {self.options.seed}"

    def fit(self, reference: Sequence[FeatureMaps], levels: Sequence[str]) -> dict[str, Tensor]:
        """Learn P_l for each level from maps of reference pictures, or draw a random rotation.

        Returns:
            ``{"layer>level.weight": (C_level, C_layer), "layer>level.bias": (C_level,)}``.
        """
        fitted: dict[str, Tensor] = {}
        for level in levels:
            for layer in weights_at(self.options, reference[0], level):
                if layer == level:
                    continue
                key = f"{layer}>{level}"
                if self.options.projection == "fitted":
                    pairs = [_positions(maps[layer], maps[level]) for maps in reference]
                    source, target = (torch.cat(part) for part in zip(*pairs, strict=True))
                    fitted[f"{key}.weight"], fitted[f"{key}.bias"] = fit_ridge(source, target)
                else:
                    channels = (reference[0][level].shape[1], reference[0][layer].shape[1])
                    fitted[f"{key}.weight"] = _orthonormal(channels, self.options.seed)
                    fitted[f"{key}.bias"] = torch.zeros(channels[0])
        return fitted

    def load_fit(self, tensors: dict[str, Tensor]) -> None:
        """Take maps that :meth:`fit` returned, now or in an earlier run."""
        self._maps = tensors

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: content ``(N, C, H, W)`` at ``level``, style maps ``(N or 1, C_l, H_l, W_l)`` -> ``(N, C, H, W)``."""
        own = content[level]
        if self.beta == 0:
            return self.alpha * own
        return self._sum(own, self._sources(style, level), style[level], mean_std(own))

    def of_parts(self, style: FeatureMaps, whole: Mapping[str, Statistics]) -> Callable[[FeatureMaps, str], Tensor]:
        """The same for parts of a content whose whole maps have the statistics ``whole``, by level.

        Raises:
            ContractError: with ``align = none``, which lays the style's map over the whole content's.
        """
        if self.options.align == "none" and self.beta:
            raise ContractError(
                "fusion 'weighted-sum' with align=none lays the style's map over the whole content's, not over parts.",
                hint="Try --set fusion.align=adain, or a smaller --size.",
            )
        sources = {level: self._sources(style, level) for level in whole} if self.beta else {}

        def fuse(part: FeatureMaps, level: str) -> Tensor:
            own = part[level]
            return self._sum(own, sources[level], style[level], whole[level]) if self.beta else self.alpha * own

        return fuse

    def _sources(self, style: FeatureMaps, level: str) -> list[tuple[float, Tensor | None, Statistics | None]]:
        """w_l for each style layer that counts, with P_l(F_s^l) or, for ``align = adain``, its statistics alone."""
        found: list[tuple[float, Tensor | None, Statistics | None]] = []
        for layer, weight in weights_at(self.options, style, level).items():
            if not weight:
                continue
            if self.options.align == "adain":
                found.append((weight, None, self._projected_statistics(style[layer], layer, level)))
            else:
                found.append((weight, self._projected(style[layer], layer, level), None))
        return found

    def _projected_statistics(self, features: Tensor, layer: str, level: str) -> Statistics:
        """Of P F: mean P μ + b and variance diag(P Σ Pᵀ), without the map itself, which can be many times as large."""
        if layer == level:
            return mean_std(features)
        weight, bias = self._map(layer, level)
        mean = features.float().mean(dim=(2, 3))
        centred = features.float().flatten(2) - mean[..., None]
        covariance = centred @ centred.transpose(1, 2) / centred.shape[-1]
        variance = ((weight @ covariance) * weight).sum(-1)
        return (mean @ weight.T + bias)[..., None, None], (variance.clamp_min(0) + EPSILON).sqrt()[..., None, None]

    def _projected(self, features: Tensor, layer: str, level: str) -> Tensor:
        return features if layer == level else apply_channels(features, *self._map(layer, level))

    def _map(self, layer: str, level: str) -> tuple[Tensor, Tensor]:
        """P_l and its offset."""
        if f"{layer}>{level}.weight" not in self._maps:
            raise ContractError(
                f"fusion 'weighted-sum' has no map from {layer} to {level} yet.",
                hint="Pipeline.from_recipe fits it; by hand, call fit(...) and load_fit(...) first, or give "
                f"weights for {level} alone.",
            )
        return self._maps[f"{layer}>{level}.weight"], self._maps[f"{layer}>{level}.bias"]

    def _sum(
        self,
        own: Tensor,
        sources: list[tuple[float, Tensor | None, Statistics | None]],
        style: Tensor,
        whole: Statistics,
    ) -> Tensor:
        """Args: style: the style's map at the level, which positions are looked up in."""
        size = own.shape[-2:]
        positions = nearest_positions(own, style, whole) if self.options.align == "swap" else None
        total = self.alpha * own
        for weight, projected, statistics in sources:
            if statistics is not None:
                aligned = match_statistics(own, *statistics, whole)
                total = total + self.beta * weight * aligned
                continue
            assert projected is not None
            if positions is not None:
                aligned = gather_positions(resample(projected, style.shape[-2:]), positions, size)
            else:
                aligned = resample(projected, size)
            total = total + self.beta * weight * aligned
        return total


def _positions(layer: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """Corresponding vectors of two maps of one picture: ``(P, C_layer)`` and ``(P, C_level)``."""
    source = resample(layer, level.shape[-2:]).flatten(2)[0].T
    target = level.flatten(2)[0].T
    step = max(1, len(source) // POSITIONS_PER_PICTURE)
    return source[::step], target[::step]


def _orthonormal(shape: tuple[int, int], seed: int) -> Tensor:
    """A random matrix with orthonormal rows or columns, whichever are fewer."""
    random = torch.Generator().manual_seed(seed)
    rows, columns = shape
    square = torch.randn(max(shape), min(shape), generator=random)
    basis = torch.linalg.qr(square).Q
    return basis if rows >= columns else basis.T
