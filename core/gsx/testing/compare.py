"""Assertions with messages that name numbers."""

from __future__ import annotations

import torch
from torch import Tensor


def require(condition: bool, message: str) -> None:
    """Raise AssertionError with ``message`` unless the condition holds; unlike ``assert``, also under ``python -O``."""
    __tracebackhide__ = True
    if not condition:
        raise AssertionError(message)


def require_shape(value: object, shape: tuple[int, ...], what: str) -> None:
    """``value`` is a tensor of exactly this shape."""
    __tracebackhide__ = True
    require(isinstance(value, Tensor), f"{what} is a {type(value).__name__}, expected a tensor of shape {shape}")
    assert isinstance(value, Tensor)
    require(tuple(value.shape) == shape, f"{what} has shape {tuple(value.shape)}, expected {shape}")


def require_finite(value: Tensor, what: str) -> None:
    """No NaN, no infinity."""
    __tracebackhide__ = True
    bad = int((~torch.isfinite(value)).sum())
    require(bad == 0, f"{what} holds {bad} of {value.numel()} numbers that are NaN or infinite")


def require_close(first: Tensor, second: Tensor, what: str, *, tolerance: float = 1e-4) -> None:
    """Equal up to ``tolerance`` times the larger magnitude; rounding of batched and single passes is below 1e-5."""
    __tracebackhide__ = True
    require(first.shape == second.shape, f"{what}: shapes differ, {tuple(first.shape)} and {tuple(second.shape)}")
    if first.numel() == 0:
        return
    scale = max(first.abs().max().item(), second.abs().max().item())
    apart = (first - second).abs().max().item()
    require(apart <= tolerance * scale + 1e-7, f"{what}: they differ by up to {apart:.3g} (values up to {scale:.3g})")


def require_gradient(gradient: Tensor | None, what: str) -> None:
    """A gradient that exists, is finite, and is not zero everywhere."""
    __tracebackhide__ = True
    require(gradient is not None, f"no gradient reaches {what}")
    assert gradient is not None
    require_finite(gradient, f"the gradient with respect to {what}")
    require(bool(gradient.any()), f"the gradient with respect to {what} is zero everywhere")
