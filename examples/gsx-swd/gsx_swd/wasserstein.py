"""The sliced Wasserstein distance between the features of two maps, wherever in the pictures they are."""

import torch
from torch import Tensor


def unit_directions(channels: int, count: int, seed: int) -> Tensor:
    """Directions drawn evenly from the unit sphere, the same for a seed on every device.

    Shape:
        -> ``(count, channels)``, each row of length 1.
    """
    drawn = torch.randn(count, channels, generator=torch.Generator().manual_seed(seed))
    return drawn / drawn.norm(dim=1, keepdim=True)


def squared_wasserstein(first: Tensor, second: Tensor) -> Tensor:
    """Squared Wasserstein-2 distance of samples on a line: ``∫₀¹ (Q₁(u) − Q₂(u))² du`` of their quantile functions.

    Exact for any two counts. The quantile function of P samples is a step function over the sorted samples; where the
    counts differ, both functions are taken on every piece on which neither steps.

    Shape:
        first ``(..., P)``, second ``(..., Q)``, which broadcast but for the last -> ``(...)``, ≥ 0.
    """
    first, second = first.sort(-1).values, second.sort(-1).values
    count, other = first.shape[-1], second.shape[-1]
    if count == other:
        return (first - second).square().mean(-1)
    # In whole numbers of 1/(P·Q), so that no step is missed by rounding.
    edges = torch.cat([torch.arange(count + 1) * other, torch.arange(other + 1) * count]).unique()
    starts = edges[:-1]
    lengths = (edges.diff().double() / (count * other)).to(first)
    apart = first[..., (starts // other).to(first.device)] - second[..., (starts // count).to(second.device)]
    return (apart.square() * lengths).sum(-1)


def sliced_wasserstein(first: Tensor, second: Tensor, directions: Tensor) -> Tensor:
    """Mean over directions v of the squared Wasserstein-2 distance of the features projected on v, per sample.

    In float32, under autocast also. A map moved by d in feature space is (v·d)² away, ‖d‖²/C on average.

    Source: Heitz et al., "A Sliced Wasserstein Loss for Neural Texture Synthesis", CVPR 2021. They draw new directions
    at each step; here they are given, so that one picture always has one value.

    Shape:
        first ``(N, C, h, w)``, second ``(N or 1, C, h', w')``, directions ``(K, C)`` -> ``(N,)``, ≥ 0.
    """
    with torch.autocast(first.device.type, enabled=False):
        v = directions.to(first.device, torch.float32)
        return squared_wasserstein(v @ first.float().flatten(2), v @ second.float().flatten(2)).mean(-1)
