"""What ``pixels`` minimises: content, style and smoothness of one picture, relative to the targets' variance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsx.api import Context, FeatureLayout
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import EPSILON, mean_std
from gsx_generators.contracts import pixels_reads
from gsx_generators.options import PixelsOptions


class PixelTerms:
    """The terms for one sample; targets are computed once.

    * ``content``: mean over levels of mean((F(I) - F^)^2) / var(F^).
    * ``style``: mean over layers of mean_k((mu_k(I) - mu_k(s))^2 + (sigma_k(I) - sigma_k(s))^2) / var(F_s).
    * ``tv``: mean squared step between neighbours, across plus down.

    Variances are of a whole map, channels together: a channel that is dead in the target then weighs no more than
    another. 1 in content or style means "as wrong as a constant map".

    ``total`` is content_weight·content + strength·(style_weight·style + tv_weight·tv): at strength 0, where F^ is the
    content's own maps, the content itself is the exact optimum.

    Source: Gatys et al., CVPR 2016 (optimising the image); Huang & Belongie, ICCV 2017, eq. 13 (the statistics).

    Args:
        fused: ``(1, C, h, w)`` by level.
        style: ``(1, C, h', w')`` by layer, at least those that the options read.
    """

    def __init__(self, options: PixelsOptions, fused: FeatureMaps, style: FeatureMaps, context: Context) -> None:
        self._weights = {
            "content": options.content_weight,
            "style": options.style_weight * context.strength,
            "tv": options.tv_weight * context.strength,
        }
        reads = pixels_reads(options, context.layout) if self._weights["style"] > 0 else ()
        self._fused = {name: _frozen(fused[name]) for name in fused}
        self._statistics = {name: mean_std(_frozen(style[name])) for name in reads}
        self._variances = {name: _variance(_frozen(style[name])) for name in reads}
        self._fused_variances = {name: _variance(target) for name, target in self._fused.items()}
        self._layers = _in_order(context.layout, {*fused, *reads})
        self._extract: Callable[[Tensor, Sequence[str]], FeatureMaps] = context.extract

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """``loss`` (the total), ``content``, ``style`` and ``tv``, each a scalar.

        Shape:
            image ``(1, 3, H, W)`` in [0, 1].
        """
        maps = self._extract(image, self._layers)
        terms = {"content": self._content(maps), "style": self._style(maps, image), "tv": _total_variation(image)}
        loss = sum((self._weights[name] * term for name, term in terms.items() if self._weights[name] > 0),
                   image.sum() * 0)
        return {"loss": loss, **terms}

    def _content(self, maps: FeatureMaps) -> Tensor:
        errors = [
            (maps[name].float() - target).square().mean() / self._fused_variances[name]
            for name, target in self._fused.items()
        ]
        return torch.stack(errors).mean()

    def _style(self, maps: FeatureMaps, image: Tensor) -> Tensor:
        errors = []
        for name, (target_mean, target_std) in self._statistics.items():
            mean, std = mean_std(maps[name])
            squares = (mean - target_mean).square() + (std - target_std).square()
            errors.append(squares.mean() / self._variances[name])
        return torch.stack(errors).mean() if errors else image.new_zeros(())


def _total_variation(image: Tensor) -> Tensor:
    across, down = image.diff(dim=3), image.diff(dim=2)
    return across.square().mean() + down.square().mean()


def _frozen(features: Tensor) -> Tensor:
    """A float32 copy outside any graph, also of an inference tensor."""
    return features.detach().float().clone()


def _variance(features: Tensor) -> Tensor:
    return features.var(correction=0) + EPSILON


def _in_order(layout: FeatureLayout, names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in layout if name in names)
