"""Distances between feature maps, one value per sample: what losses, scores and metrics have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from gsx.ops.gram import Normaliser, gram
from gsx.ops.statistics import EPSILON, mean_std, variance

Reduction = Literal["mean", "sum"]
"""How squared differences of one sample become one value; ``sum`` is the squared norm itself."""


def squared_error(first: Tensor, second: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Squared difference of each sample in float32: the content distance, ‖first − second‖² where summed.

    Shape:
        two of ``(N, ...)`` -> ``(N,)``.

    Raises:
        ValueError: if the shapes differ; nothing is broadcast.
    """
    if first.shape != second.shape:
        raise ValueError(f"cannot compare shapes {tuple(first.shape)} and {tuple(second.shape)} element by element")
    squares = (first.float() - second.float()).square().flatten(1)
    return squares.mean(1) if reduction == "mean" else squares.sum(1)


def gram_distance(
    first: Tensor, second: Tensor, reduction: Reduction = "mean", normaliser: Normaliser = "positions"
) -> Tensor:
    """Squared difference of Gram matrices, ‖Gram(first) − Gram(second)‖² where summed; the sizes may differ.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, eq. 4
    (there further divided by 4·C², which a layer's weight can hold).

    Shape:
        ``(N, C, H, W)`` and ``(N, C, H', W')`` -> ``(N,)``.
    """
    return squared_error(gram(first, normaliser), gram(second, normaliser), reduction)


def mean_std_distance(first: Tensor, second: Tensor) -> Tensor:
    """Squared difference of channel means plus that of channel deviations, each a mean over channels.

    Source: Huang & Belongie, "Arbitrary Style Transfer in Real-time with AdaIN", ICCV 2017, eq. 13, with mean
    squares instead of norms, as in the authors' code. The sizes may differ.

    Shape:
        ``(N, C, H, W)`` and ``(N, C, H', W')`` -> ``(N,)``.
    """
    (mean_1, std_1), (mean_2, std_2) = mean_std(first), mean_std(second)
    return squared_error(mean_1, mean_2) + squared_error(std_1, std_2)


def mean_distance(first: Tensor, second: Tensor) -> Tensor:
    """The first half of :func:`mean_std_distance`: of channel means alone. Shape: as there."""
    return squared_error(mean_std(first)[0], mean_std(second)[0])


def std_distance(first: Tensor, second: Tensor) -> Tensor:
    """The second half of :func:`mean_std_distance`: of channel deviations alone. Shape: as there."""
    return squared_error(mean_std(first)[1], mean_std(second)[1])


StyleStatistic = Literal["mean-std", "gram", "mean", "std"]
"""What a style is taken to be: channel means and deviations, the Gram matrix, or one half of the first."""

STYLE_DISTANCES: dict[StyleStatistic, Callable[[Tensor, Tensor], Tensor]] = {
    "mean-std": mean_std_distance,
    "gram": gram_distance,
    "mean": mean_distance,
    "std": std_distance,
}
"""Statistic -> its distance, two maps ``(N, C, ·, ·)`` -> ``(N,)``."""


def style_size(target: Tensor, statistic: StyleStatistic) -> Tensor:
    """What a style distance is divided by to compare between styles and layers, in the same units.

    The target map's variance; for Gram matrices the mean square of the target's. At least :data:`EPSILON`.

    Shape:
        ``(N, C, H, W)`` -> ``(N,)``.
    """
    if statistic == "gram":
        return gram(target).square().mean((1, 2)).clamp_min(EPSILON)
    return variance(target)
