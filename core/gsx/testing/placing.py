"""Tensors on another device, also on one that this machine does not have."""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)

OTHER_DEVICE = "cuda"
"""Where components are tried besides the processor."""


def other_device() -> contextlib.AbstractContextManager[Any]:
    """A block in which tensors can lie on :data:`OTHER_DEVICE`; where there is none, they have no values.

    PyTorch's fake tensors know shape, dtype and device, and refuse what a real device would: tensors of two devices in
    one operation. What reads a value raises ``DataDependentOutputException``.
    """
    if torch.cuda.is_available():
        return contextlib.nullcontext()
    from torch._subclasses.fake_tensor import FakeTensorMode

    return FakeTensorMode()


def placed(module: Module, device: str) -> Module:
    """The module itself, its parameters and buffers on a device; ``Module.to`` cannot swap fake tensors."""
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                part._parameters[name] = nn.Parameter(parameter.detach().to(device), parameter.requires_grad)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = buffer.to(device)
    return module
