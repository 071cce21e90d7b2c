"""attention: each position takes the statistics of the style's positions that look like it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gsx.ops.attention import attend, attention_weights, grid, per_channel
from gsx.ops.feature_maps import FeatureMaps
from gsx_fusions.options import AttentionOptions


class Attention:
    """(1 − α)·F_c + α·(S ⊙ norm(F_c) + M), with M and S the mean and deviation of what a position attends to.

    AdaIN with statistics for each position: alike parts of the content take from alike parts of the style. Nothing is
    learned. Source: Liu et al., "AdaAttN: Revisit Attention Mechanism in Arbitrary Neural Style Transfer", ICCV 2021,
    eq. 3–6, without projections.
    """

    def __init__(self, options: AttentionOptions) -> None:
        self.options = options

    def __call__(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """Shape: content ``(N, C, H, W)``, style ``(N or 1, C, H', W')`` at ``level`` -> ``(N, C, H, W)``."""
        own, options = content[level], self.options
        if options.alpha == 0:
            return own
        mean, spread = attend(own, style[level], options.temperature, options.most)
        return torch.lerp(own, spread * per_channel(own) + mean, options.alpha)

    def attention(self, content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
        """What an explainer sees: the weights between cells of both maps, at most ``most`` each.

        Shape: as the fusion's -> ``(N, h, w, h', w')``, summing to 1 over the style's cells.
        """
        own, other = per_channel(content[level]), per_channel(style[level])
        here, there = grid(own, self.options.most), grid(other, self.options.most)
        queries, keys = adaptive_avg_pool2d(own, here).flatten(2), adaptive_avg_pool2d(other, there).flatten(2)
        return attention_weights(queries, keys, self.options.temperature).unflatten(2, there).unflatten(1, here)
