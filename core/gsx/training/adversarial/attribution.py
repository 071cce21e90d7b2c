"""What each term of the total does to the generator now: how hard it pulls, and with or against which other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import torch
from torch import Tensor, nn


def at_picture(terms: Mapping[str, Tensor], picture: Tensor) -> dict[str, Tensor]:
    """The gradient of each weighted term at the stylised picture; the graph stays for further use.

    Shape:
        picture ``(N, 3, H, W)`` -> the same for each term.
    """
    return {name: torch.autograd.grad(term, picture, retain_graph=True)[0] for name, term in terms.items()}


def at_generator(
    made: Tensor, gradients: Mapping[str, Tensor], generator: nn.Module, scale: float = 1.0
) -> dict[str, Tensor]:
    """The gradient of each term at all parameters of the generator, flattened; the graph stays.

    Args:
        made: the generator's picture, with its graph.
        gradients: of each term at that picture.
        scale: what they are multiplied by on their way through the generator, so that half precision keeps them.
    """
    parameters = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    found = {}
    for name, gradient in gradients.items():
        parts = torch.autograd.grad(made, parameters, gradient * scale, retain_graph=True, allow_unused=True)
        found[name] = torch.cat([part.flatten() for part in parts if part is not None]) / scale
    return found


def summary(
    gradients: Mapping[str, Tensor], over_processes: Callable[[Tensor], Tensor] = lambda products: products
) -> dict[str, Any]:
    """Norm of each gradient, its share of the sum of norms, and the cosine of each pair.

    A cosine below 0 is a conflict: what one term gains there the other loses. At a balance the shares of two terms
    drift to one half and their cosine to -1, whatever shaped the picture: this is pressure, not merit.

    Args:
        over_processes: makes of the inner products ``(T, T)`` of this process's gradients those of the whole batch's.
    """
    names = list(gradients)
    flat = torch.stack([gradient.flatten() for gradient in gradients.values()])
    products = over_processes(flat @ flat.T)
    norms = products.diagonal().clamp_min(0).sqrt().tolist()
    whole = sum(norms)
    pairs = combinations(range(len(names)), 2)
    return {
        "norm": dict(zip(names, norms, strict=True)),
        "share": {name: norm / whole if whole else 0.0 for name, norm in zip(names, norms, strict=True)},
        "cosine": {
            f"{names[one]} | {names[other]}": _cosine(products[one, other].item(), norms[one] * norms[other])
            for one, other in pairs
        },
    }


def _cosine(product: float, norms: float) -> float | None:
    """None where either is zero and so has no direction."""
    return max(-1.0, min(1.0, product / norms)) if norms else None
