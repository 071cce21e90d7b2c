"""Two sets of features: those of the results, and those of the styles, each style once."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from gsx.api import Skip


def identity(picture: Tensor) -> str:
    """What tells one picture from another: its bytes. Shape: ``(3, H, W)``."""
    data = picture.detach().cpu().contiguous()
    return hashlib.sha256(repr(tuple(data.shape)).encode() + data.numpy().tobytes()).hexdigest()


def pooled(features: Tensor) -> Tensor:
    """The mean of each channel over positions, in float64 on the CPU. Shape: ``(N, C, H, W)`` -> ``(N, C)``."""
    return features.detach().float().mean(dim=(2, 3)).cpu().double()  # Apple's GPUs have no float64


class PictureSets:
    """Features of results and styles as they come.

    A style that several results have is one style: counted again, it would be its own neighbour, which biases KID, and
    a benchmark of more contents would know its styles no better.
    """

    def __init__(self) -> None:
        self._results: list[Tensor] = []
        self._styles: dict[str, Tensor] = {}

    def add(self, results: Tensor, styles: Tensor, pictures: Tensor) -> None:
        """Shape: results ``(N, D)``; styles ``(M, D)``, of the pictures ``(M, 3, H, W)``."""
        self._results += list(results)
        for picture, style in zip(pictures, styles, strict=True):
            self._styles.setdefault(identity(picture), style)

    def both(self, least: int) -> tuple[Tensor, Tensor]:
        """Results ``(N, D)`` and different styles ``(M, D)``, in the styles' own units.

        Both are centred on the styles' mean and divided by the styles' deviation, one number for all channels. Networks
        differ in the size of their features by orders of magnitude, and so would every figure made of them; and the
        mean that all pictures share would hide how they differ. The styles are the same for every cell of a benchmark,
        so its cells compare.

        Raises:
            Skip: fewer than ``least`` of one of them, or the styles are all alike.
        """
        found = len(self._results), len(self._styles)
        if min(found) < least:
            raise Skip(
                f"it needs at least {least} results and {least} different styles, "
                f"and here are {found[0]} and {found[1]}"
            )
        results, styles = torch.stack(self._results), torch.stack(list(self._styles.values()))
        mean, deviation = styles.mean(0), styles.var(0).mean().sqrt()
        if deviation == 0:
            raise Skip("the styles are all alike to its judge")
        return (results - mean) / deviation, (styles - mean) / deviation


class Given(nn.Module):
    """A "network" for torchmetrics whose features are there already. Shape: ``(N, D)`` -> ``(N, D)``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width

    def forward(self, features: Tensor) -> Tensor:
        return features
