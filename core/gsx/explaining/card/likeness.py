"""How alike two attributions are, by values or by ranks, and how far one is from even."""

from __future__ import annotations

import torch
from torch import Tensor


def pearson(first: Tensor, second: Tensor) -> Tensor:
    """Correlation of each sample's values; 0 where one of the two is constant.

    Shape:
        two of ``(N, n)`` -> ``(N,)`` in [-1, 1].
    """
    one, other = (_unit_length(values.double()) for values in (first, second))
    return (one * other).sum(1).clamp(-1, 1)


def spearman(first: Tensor, second: Tensor) -> Tensor:
    """Correlation of each sample's ranks, where equal values share the mean of theirs.

    Shape:
        two of ``(N, n)`` -> ``(N,)`` in [-1, 1].
    """
    return pearson(ranks(first), ranks(second))


def ranks(values: Tensor) -> Tensor:
    """Rank of each value within its sample from 1 up, the mean of theirs where values are equal.

    torchmetrics adds ranks up in 32-bit integers, which the zeros of a large map overflow.

    Shape:
        ``(N, n)`` -> ``(N, n)``, float64.
    """
    found = []
    for sample in values:
        _, place, counts = torch.unique(sample, return_inverse=True, return_counts=True)
        found.append((counts.cumsum(0) - (counts - 1) / 2).double()[place])
    return torch.stack(found)


def gini(values: Tensor) -> Tensor:
    """Gini index of the absolute values: 0 where all are equal, 1 − 1/n where one alone is not zero; NaN for zeros.

    Shape:
        ``(N, n)`` -> ``(N,)``.

    Source: Hurley & Rickard, "Comparing measures of sparsity", IEEE Trans. Information Theory 2009; used on
    attributions by Chalasani et al., "Concise explanations of neural networks using adversarial training", ICML 2020.
    """
    ordered = values.double().abs().sort(dim=1).values
    count = ordered.shape[1]
    weights = 2 * torch.arange(1, count + 1, device=values.device, dtype=torch.float64) - count - 1
    return (weights * ordered).sum(1) / (count * ordered.sum(1))


def _unit_length(values: Tensor) -> Tensor:
    centred = values - values.mean(dim=1, keepdim=True)
    length = centred.norm(dim=1, keepdim=True)
    constant = length <= 1e-12 * values.norm(dim=1, keepdim=True)
    return torch.where(constant, 0.0, centred / length.clamp_min(torch.finfo(torch.float64).tiny))
