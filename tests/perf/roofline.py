"""How near to an accelerator's own limits a computation comes; both limits are measured, in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

SIDE = 8192
"""Of the matrices whose product shows the peak: large enough to fill any accelerator."""

COPIED = 2**30
"""Bytes copied to show the bandwidth: more than any cache holds."""


@dataclass(frozen=True)
class Limits:
    """What the accelerator reached at its best: operations and bytes, each a second."""

    flops: float
    bandwidth: float


@dataclass(frozen=True)
class Work:
    """What a computation does: operations of convolutions and matrix products, and bytes read and written.

    The bytes are those of every operation's tensors, each read or written once: what reaches memory where nothing is
    fused, and no cache holds a map from one operation to the next. With large caches a share may so exceed 1.
    """

    flops: int
    bytes: int


def share_of_roofline(flops: float, bytes: float, seconds: float, peak_flops: float, peak_bandwidth: float) -> float:
    """What was achieved over what could be: flops / seconds over min(peak_flops, flops / bytes · peak_bandwidth).

    Written as the time that the scarcer resource needs over the time taken, so that no operations, or no bytes, are no
    special case.

    Source: Williams et al., "Roofline: An Insightful Visual Performance Model", CACM 2009.
    """
    return max(flops / peak_flops, bytes / peak_bandwidth) / seconds


def work_of(run: Callable[[], object]) -> Work:
    """Count one pass, with its way back where ``run`` takes one."""
    with _Counter() as counter:
        run()
    return Work(counter.flops, counter.bytes)


class _Counter(TorchDispatchMode):
    """Adds up what each operation does; views move nothing.

    With the formulas of torch's FlopCounterMode, which itself refuses torch.autograd.grad: a step of ours takes that.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        made = func(*args, **kwargs)
        if formula := flop_registry.get(func._overloadpacket):
            self.flops += formula(*args, **kwargs, out_val=made)
        if not func.is_view:
            tensors = [item for item in tree_leaves((args, kwargs, made)) if isinstance(item, Tensor)]
            # An expanded tensor is read from less memory than it has elements.
            self.bytes += sum(min(item.nbytes, item.untyped_storage().nbytes()) for item in tensors)
        return made


def seconds_of(run: Callable[[], object], rounds: int = 20) -> float:
    """Median seconds of ``run`` on the accelerator, by its own clock."""
    for _ in range(3):  # unmeasured: choice of kernels, memory taken from the system
        run()
    times = []
    for _ in range(rounds):
        started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        started.record()
        run()
        ended.record()
        ended.synchronize()
        times.append(started.elapsed_time(ended) / 1000)
    return statistics.median(times)


def measured_limits(dtype: torch.dtype) -> Limits:
    """The accelerator's own, for convolutions that compute in ``dtype``."""
    one, other = (torch.rand(SIDE, SIDE, device="cuda", dtype=dtype) for _ in range(2))
    with _products_as_convolutions():
        flops = 2 * SIDE**3 / seconds_of(lambda: one @ other)
    source = torch.zeros(COPIED, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    return Limits(flops, 2 * COPIED / seconds_of(lambda: target.copy_(source)))


@contextmanager
def _products_as_convolutions() -> Iterator[None]:
    """TF32 for matrix products where convolutions have it: by default it is on for these and off for those."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
