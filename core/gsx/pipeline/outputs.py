"""Outputs: the one record of a pass that losses, scores and metrics read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.specs.layout import FeatureLayout


@dataclass
class PassOutputs:
    """See :class:`gsx.api.Outputs`. Images ``(N, 3, H, W)`` in [0, 1]; the lazy parts are computed when first read.

    The content maps are those of the picture as it is; where the pipeline padded it, the fused maps are those of the
    padded one.
    """

    content: Tensor
    style: Tensor
    stylized: Tensor
    content_maps: FeatureMaps
    style_maps: FeatureMaps
    fused: FeatureMaps
    layout: FeatureLayout
    extract_stylized: Callable[[Tensor], FeatureMaps] = field(repr=False)
    discriminate: Callable[[Tensor], Sequence[Tensor]] = field(repr=False)
    mask: Tensor | None = field(default=None, repr=False)
    _stylized_maps: FeatureMaps | None = field(default=None, repr=False)
    _logits: Sequence[Tensor] | None = field(default=None, repr=False)

    @property
    def stylized_maps(self) -> FeatureMaps:
        if self._stylized_maps is None:
            self._stylized_maps = self.extract_stylized(self.stylized)
        return self._stylized_maps

    @property
    def logits(self) -> Sequence[Tensor]:
        if self._logits is None:
            self._logits = self.discriminate(self.stylized)
        return self._logits
