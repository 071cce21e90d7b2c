"""What ``pixels`` minimises: content, style and smoothness of one picture, relative to the targets' variance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gsx.api import Context, FeatureLayout
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.gram import gram
from gsx.ops.statistics import EPSILON, mean_std
from gsx_generators.contracts import pixels_reads
from gsx_generators.options import PixelsOptions

OVERSHOOT_WEIGHT = 10.0
"""Holds pixels near [0, 1], where the terms, which see the clamped picture, would let them drift."""


class PixelTerms:
    """The terms for one sample; targets are computed once.

    * ``content``: mean over levels of mean((F(I) - F^)^2) / var(F^).
    * ``style``: mean over layers of mean_k((mu_k(I) - mu_k)^2 + (sigma_k(I) - sigma_k)^2) / var(F_s), where mu and
      sigma lie between the content's and the style's, at ``strength`` of the way. With ``statistic="gram"``: mean over
      layers of mean_ij (G_ij(I) - G_ij)^2 / var(G_s), with G = F·F^T / (h·w) between the content's and the style's,
      likewise.
    * ``tv``: mean squared step between neighbours, across plus down.

    Variances are of a whole map, channels together: a channel that is dead in the target then weighs no more than
    another. 1 in content or style means "as wrong as a constant map", or a constant Gram matrix. (The loss ``gram``
    takes shares of G_s^2 instead. Of maps that are nearly constant, as those of a hot softmax, that would leave next to
    nothing: Wang et al. raise its weight to 1e17.)

    ``loss`` is content_weight·content + style_weight·style + strength·tv_weight·tv. At strength 0, where F^ is the
    content's own maps, the content is the exact optimum; from there to 1 the style comes gradually, which scaling the
    style term would not give: half of a weight that decides still decides.

    Source: Gatys et al., CVPR 2016 (optimising the image; eq. 4, the Gram matrices, but for the weights of layers);
    Huang & Belongie, ICCV 2017, eq. 13 (the statistics).

    Args:
        fused: ``(1, C, h, w)`` by level.
        content: ``(1, C, h, w)`` by layer, at least those that the options read.
        style: ``(1, C, h', w')``, likewise.
    """

    def __init__(
        self, options: PixelsOptions, fused: FeatureMaps, content: FeatureMaps, style: FeatureMaps, context: Context
    ) -> None:
        self.weights = {  # what each term is multiplied by in the loss
            "content": options.content_weight,
            "style": options.style_weight,
            "tv": options.tv_weight * context.strength,
        }
        reads = pixels_reads(options, context.layout)
        self._fused = {name: _frozen(fused[name]) for name in fused}
        self._statistics: Callable[[Tensor], tuple[Tensor, ...]] = _grams if options.statistic == "gram" else mean_std
        self._style_targets: dict[str, tuple[Tensor, ...]] = {}
        self._variances: dict[str, Tensor] = {}
        for name in reads:
            own, wanted = self._statistics(_frozen(content[name])), self._statistics(_frozen(style[name]))
            self._style_targets[name] = tuple(map(torch.lerp, own, wanted, [context.strength] * len(own)))
            self._variances[name] = _variance(wanted[0] if options.statistic == "gram" else _frozen(style[name]))
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
        loss = sum(
            (self.weights[name] * term for name, term in terms.items() if self.weights[name] > 0), image.sum() * 0
        )
        return {"loss": loss, **terms}

    def _content(self, maps: FeatureMaps) -> Tensor:
        errors = [
            (maps[name].float() - target).square().mean() / self._fused_variances[name]
            for name, target in self._fused.items()
        ]
        return torch.stack(errors).mean()

    def _style(self, maps: FeatureMaps, image: Tensor) -> Tensor:
        errors = []
        for name, targets in self._style_targets.items():
            differences = map(torch.sub, self._statistics(maps[name]), targets)
            squares = torch.stack([difference.square() for difference in differences]).sum(0)
            errors.append(squares.mean() / self._variances[name])
        return torch.stack(errors).mean() if errors else image.new_zeros(())


def held(pixels: Tensor, terms: PixelTerms) -> tuple[dict[str, Tensor], Tensor]:
    """The terms of the picture clamped to [0, 1], whose gradient passes the clamp, and what holds pixels near it.

    Shape:
        pixels ``(1, 3, H, W)``, any values -> scalars; the objective is ``scale_of(pixels) * (loss + overshoot)``.
    """
    overshoot = pixels - pixels.detach().clamp(0, 1)
    return terms(pixels - overshoot.detach()), OVERSHOOT_WEIGHT * overshoot.square().mean()


def scale_of(pixels: Tensor) -> int:
    """Per pixel instead of per mean: L-BFGS drops curvature below an absolute bound."""
    return pixels.shape[-2] * pixels.shape[-1]


def _total_variation(image: Tensor) -> Tensor:
    across, down = image.diff(dim=3), image.diff(dim=2)
    return across.square().mean() + down.square().mean()


def _grams(features: Tensor) -> tuple[Tensor]:
    return (gram(features),)


def _frozen(features: Tensor) -> Tensor:
    """A float32 copy outside any graph, also of an inference tensor."""
    return features.detach().float().clone()


def _variance(features: Tensor) -> Tensor:
    return features.var(correction=0) + EPSILON


def _in_order(layout: FeatureLayout, names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in layout if name in names)
