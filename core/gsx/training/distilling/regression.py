"""Feature regression: how far a student's maps are from the teacher's, for training and for stating."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.specs.layout import FeatureLayout

Extract: TypeAlias = Callable[[Tensor, Sequence[str]], FeatureMaps]
"""An extractor: image ``(N, 3, H, W)`` in [0, 1] and layer names -> maps."""

THINNING = {1: 3, 2: 2}
"""Stride of a layer -> every how many positions its loss is taken; the fine maps have far more than are needed."""


def thinned(maps: FeatureMaps, layout: FeatureLayout, offset: int) -> FeatureMaps:
    """Every n-th row and column of the fine maps, from a place that ``offset`` (any number) chooses."""
    result: FeatureMaps = {}
    for name, map_ in maps.items():
        every = THINNING.get(layout[name].stride, 1)
        top, left = offset % every, offset // every % every
        result[name] = map_[..., top::every, left::every] if min(map_.shape[-2:]) >= 2 * every else map_
    return result


def teacher_scales(teacher: Extract, images: Tensor, layers: Sequence[str]) -> dict[str, float]:
    """Mean square of the teacher's map at each layer, which makes the layers' errors comparable."""
    with torch.no_grad():
        maps = teacher(images, layers)
        return {name: maps[name].float().square().mean().clamp_min(1e-12).item() for name in layers}


def layer_loss(student: Tensor, teacher: Tensor, scale: float, cosine_weight: float) -> Tensor:
    """Mean squared error over ``scale``, plus ``cosine_weight`` times (1 - mean cosine of the channel vectors).

    Shape:
        both ``(N, C, h, w)`` -> scalar, at least 0.
    """
    # Channels last and three reductions over them: one pass over memory each, in float32 whatever the maps are.
    s, t = student.permute(0, 2, 3, 1).float(), teacher.permute(0, 2, 3, 1).float()
    ss, st, tt = (s * s).sum(-1), (s * t).sum(-1), (t * t).sum(-1)
    error = (ss - 2 * st + tt).mean() / (s.shape[-1] * scale)
    return error + cosine_weight * (1 - (st * torch.rsqrt(ss * tt + 1e-6)).mean())


def regression_loss(
    student: FeatureMaps, teacher: FeatureMaps, scales: Mapping[str, float], cosine_weight: float
) -> dict[str, Tensor]:
    """:func:`layer_loss` of each layer."""
    return {name: layer_loss(student[name], teacher[name], scales[name], cosine_weight) for name in teacher}


@dataclass(frozen=True)
class Agreement:
    """Mean cosine per layer over some pictures."""

    pictures: int
    cosines: dict[str, float]


def cosines(student: Extract, teacher: Extract, image: Tensor, layers: Sequence[str]) -> dict[str, float]:
    """Mean over positions of the cosine between the channel vectors, per layer, for one picture ``(1, 3, H, W)``.

    In [-1, 1]. Where either vector is zero it counts as 0.
    """
    with torch.no_grad():
        ours, theirs = student(image, layers), teacher(image, layers)
    result = {}
    for name in layers:
        by_position = torch.cosine_similarity(ours[name].float(), theirs[name].float(), dim=1)
        # In float64: a float32 sum over many positions would move the fourth digit.
        result[name] = by_position.double().mean().item()
    return result


def mean_agreement(values: Sequence[Mapping[str, float]]) -> Agreement:
    """The mean of each layer over pictures, each picture counting the same whatever its size."""
    return Agreement(len(values), {name: sum(value[name] for value in values) / len(values) for name in values[0]})
