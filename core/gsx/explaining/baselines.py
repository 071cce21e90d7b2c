"""What stands for the absence of a unit's activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gsx.errors import ContractError
from gsx.ops.statistics import match_statistics, mean_std
from gsx.specs.interfaces import Address
from gsx.specs.kinds import Baseline


def stand_ins(
    baseline: Baseline, values: Mapping[Address, Tensor], of_content: Callable[[], Mapping[Address, Tensor]]
) -> dict[Address, Tensor]:
    """One for each activation, of its shape.

    Args:
        of_content: what is at the same addresses where the content takes the result's place; asked if needed.

    Raises:
        ContractError: an activation has no mean over positions, or the content's is of another shape.
    """
    if baseline == "zero":
        return {address: torch.zeros_like(value) for address, value in values.items()}
    if baseline == "mean":
        flat = [address for address, value in values.items() if value.ndim != 4]
        if flat:
            raise ContractError(
                f"{flat[0].component} {flat[0].path!r} gives no map, so it has no mean over positions.",
                hint="Try baseline zero.",
            )
        return {a: value.mean(dim=(2, 3), keepdim=True).expand_as(value) for a, value in values.items()}
    content, found = of_content(), {}
    for address, value in values.items():
        own = content[address]
        if address.role == "style":
            own = match_statistics(value, *mean_std(own))
        if own.shape != value.shape:
            raise ContractError(
                f"the content's own map at {address.component} {address.path!r} has shape {tuple(own.shape)}, "
                f"and the one to be explained {tuple(value.shape)}, so it cannot stand for its absence.",
                hint="Try baseline zero or mean.",
            )
        found[address] = own
    return found
