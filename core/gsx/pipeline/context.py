"""PassContext: what the pipeline offers a generator besides the fused maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.noise import position_noise
from gsx.ops.statistics import Statistics
from gsx.specs.layout import FeatureLayout

StepListener = Callable[[int, int, Mapping[str, float]], None]
"""Called with (step, total, values by name); may raise :class:`gsx.api.Cancelled`."""


def ignore_step(index: int, total: int, values: Mapping[str, float]) -> None:
    """The listener of somebody who does not want to know."""


@dataclass
class PassContext:
    """See :class:`gsx.api.Context`. The maps are those that the pipeline already holds; nothing is computed twice."""

    content: Tensor
    style: Tensor
    layout: FeatureLayout
    content_maps: FeatureMaps
    style_maps: FeatureMaps
    extract: Callable[[Tensor, Sequence[str]], FeatureMaps] = field(repr=False)
    strength: float = 1.0
    seed: int = 0
    listener: StepListener = ignore_step
    best: Tensor | None = None
    whole: Mapping[str, Statistics] | None = field(default=None, repr=False)
    origin: Tensor | None = None
    """Where the content lies in the whole picture, (row, column) in pixels, ``(N or 1, 2)``; None where it is whole."""

    @property
    def random(self) -> torch.Generator:
        """A fresh generator seeded with the recipe's seed, on the content's device."""
        return torch.Generator(self.content.device).manual_seed(self.seed)

    def noise(self, like: Tensor, stride: int) -> Tensor:
        """White noise for a map of that stride, fixed by the seed and the place in the whole picture.

        Shape: like ``(N, C, h, w)`` -> ``(N or 1, 1, h, w)``, on its device and of its type.
        """
        size = like.shape[-2], like.shape[-1]
        return position_noise(size, stride=stride, seed=self.seed, origin=self.origin).to(like)

    def step(self, index: int, total: int, values: Mapping[str, float]) -> None:
        self.listener(index, total, values)

    def offer(self, image: Tensor) -> None:
        """Leave the best picture so far: what an interrupted run keeps."""
        self.best = image.detach().clone()
