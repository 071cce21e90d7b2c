"""The region that a user marks: checked before anything is computed with it."""

from __future__ import annotations

from torch import Tensor

from gsx.errors import ContractError


def check_mask(mask: object, content: Tensor) -> None:
    """Refuse what marks no region of the content.

    Shape:
        mask ``(N or 1, 1, H, W)`` in [0, 1] for a content ``(N, 3, H, W)``.

    Raises:
        ContractError: what was needed, and what was given.
    """
    height, width = content.shape[-2:]
    if not isinstance(mask, Tensor) or mask.ndim != 4 or mask.shape[1] != 1 or len(mask) not in (1, len(content)):
        given = tuple(mask.shape) if isinstance(mask, Tensor) else type(mask).__name__
        raise ContractError(f"the mask has to be a tensor (N or 1, 1, H, W); given: {given}.")
    if mask.shape[-2:] != content.shape[-2:]:
        raise ContractError(
            f"the mask has {mask.shape[-1]} × {mask.shape[-2]} pixels (width × height), and the content "
            f"{width} × {height}.",
            hint="Give a mask of the content's own size.",
        )
    low, high = mask.min().item(), mask.max().item()
    if not (low >= 0 and high <= 1):  # NaN fails every comparison
        raise ContractError(f"the mask has values from {low:.3g} to {high:.3g}; they have to lie in [0, 1].")
    empty = [index for index, one in enumerate(mask) if not one.any()]
    if empty:
        raise ContractError(
            "the mask is empty: it marks nothing.",
            hint="1 marks the region, 0 the rest; in a picture, white and black.",
        )
