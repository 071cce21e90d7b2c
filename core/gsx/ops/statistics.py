"""Channel statistics of a feature map: mean and standard deviation over positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import torch
from torch import Tensor

EPSILON = 1e-5
"""Added to the variance under the root, so that a dead channel has a finite gradient."""


Statistics = tuple[Tensor, Tensor]
"""Mean and deviation of each channel, two of ``(N, C, 1, 1)``."""


def mean_std(features: Tensor, eps: float = EPSILON) -> Statistics:
    """Mean and standard deviation of each channel over positions, in float32 under autocast also.

    The deviation is the population's (divided by H·W), as in instance normalisation: sqrt(var + eps). A map that was
    expanded to several samples is taken once, and its statistics are expanded.

    Shape:
        features ``(N, C, H, W)`` -> two of ``(N, C, 1, 1)``.
    """
    for known, version in _KNOWN.get():
        if known.features is features and _version(features) == version:  # nobody has written over it
            return known.mean.float(), (known.variance + eps).sqrt().float()
    return _measured(features, eps)


def _measured(features: Tensor, eps: float) -> Statistics:
    if len(features) > 1 and features.stride(0) == 0:
        mean, std = _measured(features[:1], eps)
        return mean.expand(len(features), -1, -1, -1), std.expand(len(features), -1, -1, -1)
    features = features.float()
    mean = features.mean(dim=(2, 3), keepdim=True)
    # Two passes: torch.var_mean takes about five times as long over positions on CPU.
    centred = (features - mean).flatten(2)
    with torch.autocast(features.device.type, enabled=False):
        variance = torch.linalg.vecdot(centred, centred) / centred.shape[-1]
    return mean, (variance[..., None, None] + eps).sqrt()


def variance(features: Tensor, eps: float = EPSILON) -> Tensor:
    """Variance of a whole map, channels together: what an error in it is measured against to be comparable.

    A channel that is dead weighs no more than another then. In float32, at least ``eps``.

    Shape:
        features ``(N, C, H, W)`` -> ``(N,)``.
    """
    features = features.float()
    return (features - features.mean(dim=(1, 2, 3), keepdim=True)).square().mean(dim=(1, 2, 3)).clamp_min(eps)


def match_statistics(features: Tensor, mean: Tensor, std: Tensor, own: Statistics | None = None) -> Tensor:
    """Give each channel the wanted mean and deviation: adaptive instance normalisation.

    Args:
        own: of the whole map where ``features`` is a part of it; by default those of ``features``.

    Source: Huang & Belongie, "Arbitrary Style Transfer in Real-time with AdaIN", ICCV 2017, eq. 8.

    Shape:
        features ``(N, C, H, W)``, mean and std ``(N, C, 1, 1)`` -> ``(N, C, H, W)``.
    """
    own_mean, own_std = mean_std(features) if own is None else own
    return (features - own_mean) / own_std * std + mean


class RunningStatistics:
    """The statistics of a map that is seen part by part; added up in float64.

    Source: Chan, Golub & LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean, self._squares = torch.zeros(()), torch.zeros(())

    def add(self, part: Tensor) -> None:
        """Shape: part ``(N, C, h, w)``, of any size."""
        mean, std = mean_std(part, eps=0.0)
        mean, variance = mean.double(), std.double().square()
        count = part.shape[-2] * part.shape[-1]
        if not self._count:
            self._count, self._mean, self._squares = count, mean, variance * count
            return
        together, apart = self._count + count, mean - self._mean
        self._squares = self._squares + variance * count + apart.square() * (self._count * count / together)
        self._mean = self._mean + apart * (count / together)
        self._count = together

    def result(self, eps: float = EPSILON) -> Statistics:
        """As :func:`mean_std` of all parts together, in float32."""
        return self._mean.float(), (self._squares / self._count + eps).sqrt().float()


@dataclass(frozen=True)
class KnownStatistics:
    """Mean and variance of a map of which a part changes: kept in float64, and renewed from that part alone.

    Shape:
        features ``(N, C, H, W)``; mean and variance ``(N, C, 1, 1)``.
    """

    features: Tensor
    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, features: Tensor) -> KnownStatistics:
        """Those of a map as it is."""
        mean, std = _measured(features, 0.0)
        return cls(features, mean.double(), std.double().square())

    def replaced(self, old: Tensor, new: Tensor) -> KnownStatistics:
        """After ``old``, a part of the map, ``(N, C, h, w)``, has become ``new``.

        Sums are taken about the mean before, so that nothing large cancels.
        """
        count = self.features.shape[-2] * self.features.shape[-1]
        about = self.mean.float()
        parts = torch.stack([old, new]).float() - about
        sums = parts.sum(dim=(-2, -1), keepdim=True).double()
        squares = parts.square_().sum(dim=(-2, -1), keepdim=True).double()
        moved = (sums[1] - sums[0]) / count
        spread = (squares[1] - squares[0]) / count - 2 * (self.mean - about) * moved
        return replace(self, mean=self.mean + moved, variance=(self.variance + spread - moved.square()).clamp_min(0))


class RememberedStatistics:
    """Mean and variance of a map that stays as it is: computed when first asked for, as :func:`mean_std` does, and
    again where somebody has written over it since.

    Shape:
        features ``(N, C, H, W)``; mean and variance ``(N, C, 1, 1)``.
    """

    def __init__(self, features: Tensor) -> None:
        self.features = features
        self._found: tuple[int, Tensor, Tensor] | None = None

    def _current(self) -> tuple[int, Tensor, Tensor]:
        version = _version(self.features)
        if self._found is None or self._found[0] != version:
            mean, std = _measured(self.features, 0.0)
            self._found = version, mean, std.square()
        return self._found

    @property
    def mean(self) -> Tensor:
        return self._current()[1]

    @property
    def variance(self) -> Tensor:
        return self._current()[2]


def _version(features: Tensor) -> int:
    """How often a tensor was written over; one of inference mode does not count."""
    return 0 if features.is_inference() else features._version


Known = KnownStatistics | RememberedStatistics

_KNOWN: ContextVar[Sequence[tuple[Known, int]]] = ContextVar("known statistics", default=())


@contextmanager
def known_statistics(known: Sequence[Known]) -> Iterator[None]:
    """Inside, :func:`mean_std` of these very maps, as they are now, is not computed again."""
    token = _KNOWN.set((*((one, _version(one.features)) for one in known), *_KNOWN.get()))
    try:
        yield
    finally:
        _KNOWN.reset(token)
