"""Operations that look at a neighbourhood: which part of their result a changed part of their input touches.

A box is ``(top, left, bottom, right)``, half open, in positions. Each rule recomputes a box of the result alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Box = tuple[int, int, int, int]

ATEN = torch.ops.aten

POINTWISE = frozenset(
    {
        ATEN.relu.default,
        ATEN.leaky_relu.default,
        ATEN.elu.default,
        ATEN.silu.default,
        ATEN.gelu.default,
        ATEN.sigmoid.default,
        ATEN.tanh.default,
        ATEN.hardtanh.default,
        ATEN.abs.default,
        ATEN.clone.default,
        ATEN.clamp.default,
        ATEN.add.Tensor,
        ATEN.sub.Tensor,
        ATEN.mul.Tensor,
        ATEN.div.Tensor,
        ATEN.pow.Tensor_Scalar,
    }
)
"""A position of the result depends on that position of the operands alone."""

IN_PLACE = {ATEN.relu_.default, ATEN.leaky_relu_.default, ATEN.hardtanh_.default, ATEN.add_.Tensor, ATEN.mul_.Tensor}
"""The same, written over the first operand."""

OVERWRITING = {ATEN.relu.default: ATEN.relu_.default, ATEN.leaky_relu.default: ATEN.leaky_relu_.default}
"""The same result, in the memory of an operand that nobody else has."""

SAME = {ATEN.detach.default, ATEN.alias.default}
"""The operand itself under another name."""

Part = Callable[[Tensor, Box], Tensor]
"""From the whole input as it is now to a box of the result."""


@dataclass(frozen=True)
class Neighbourhood:
    """What a position of a result looks at along each axis, and how a box of the result is computed."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    fill: float
    apply: Callable[[Tensor], Tensor]

    def touched(self, box: Box, size: Sequence[int]) -> Box:
        """The positions of a result of ``size`` (height, width) that look into ``box``."""
        low, high = [], []
        for axis in (0, 1):
            reach = self.dilation[axis] * (self.kernel[axis] - 1)
            low.append(max(0, -(-(box[axis] + self.padding[axis] - reach) // self.stride[axis])))
            high.append(min(size[axis], (box[axis + 2] - 1 + self.padding[axis]) // self.stride[axis] + 1))
        return low[0], low[1], high[0], high[1]

    def part(self, image: Tensor, box: Box) -> Tensor:
        """That box of the result; beyond the image is ``fill``."""
        low, high, beyond = [], [], []
        for axis in (0, 1):
            size = image.shape[axis - 2]
            first = box[axis] * self.stride[axis] - self.padding[axis]
            last = (box[axis + 2] - 1) * self.stride[axis] - self.padding[axis]
            last += self.dilation[axis] * (self.kernel[axis] - 1) + 1
            low.append(max(0, first))
            high.append(min(size, last))
            beyond.append((max(0, -first), max(0, last - size)))
        seen = image[..., low[0] : high[0], low[1] : high[1]]
        if any(beyond[0]) or any(beyond[1]):
            seen = functional.pad(seen, (*beyond[1], *beyond[0]), value=self.fill)
        return self.apply(seen)


@dataclass(frozen=True)
class Reflection:
    """Padding by reflection: ``sides`` are left, right, top and bottom."""

    sides: tuple[int, int, int, int]

    def touched(self, box: Box, size: Sequence[int]) -> Box:
        """As :meth:`Neighbourhood.touched`; what lies near the border is seen twice."""
        left, right, top, bottom = self.sides
        height, width = size[0] - top - bottom, size[1] - left - right
        return (
            0 if box[0] <= top else box[0] + top,
            0 if box[1] <= left else box[1] + left,
            size[0] if box[2] >= height - bottom else box[2] + top,
            size[1] if box[3] >= width - right else box[3] + left,
        )

    def part(self, image: Tensor, box: Box) -> Tensor:
        """As :meth:`Neighbourhood.part`."""
        left, _, top, _ = self.sides
        rows = _reflected(box[0] - top, box[2] - top, image.shape[-2], image.device)
        columns = _reflected(box[1] - left, box[3] - left, image.shape[-1], image.device)
        return image.index_select(-2, rows).index_select(-1, columns)


def _reflected(first: int, last: int, size: int, device: torch.device) -> Tensor:
    places = torch.arange(first, last, device=device).abs()
    return torch.where(places < size, places, 2 * (size - 1) - places)


def local_rule(func: Any, args: Sequence[Any]) -> Neighbourhood | Reflection | None:
    """The rule for a call of one of torch's operations on a map ``(N, C, h, w)``; None where there is none."""
    if func is ATEN.convolution.default:
        _, weight, bias, stride, padding, dilation, transposed, _, groups = args
        if transposed or weight.ndim != 4:
            return None
        weight = weight.contiguous(memory_format=torch.channels_last)  # as the maps are laid out: a fifth faster
        return Neighbourhood(
            _pair(weight.shape[-2:]),
            _pair(stride),
            _pair(padding),
            _pair(dilation),
            0.0,
            lambda seen: torch.conv2d(seen, weight, bias, stride, 0, dilation, groups),
        )
    if func is ATEN.max_pool2d_with_indices.default:
        _, kernel, stride, padding, dilation, ceil = _given(args, ([2, 2], [], [0, 0], [1, 1], False))
        if ceil:
            return None
        stride = stride or kernel
        return Neighbourhood(
            _pair(kernel),
            _pair(stride),
            _pair(padding),
            _pair(dilation),
            float("-inf"),
            lambda seen: functional.max_pool2d(seen, kernel, stride, 0, dilation),
        )
    if func is ATEN.avg_pool2d.default:
        _, kernel, stride, padding, ceil, counts_padding, divisor = _given(
            args, ([2, 2], [], [0, 0], False, True, None)
        )
        if ceil or divisor is not None or (any(padding) and not counts_padding):
            return None
        stride = stride or kernel
        return Neighbourhood(
            _pair(kernel),
            _pair(stride),
            _pair(padding),
            (1, 1),
            0.0,
            lambda seen: functional.avg_pool2d(seen, kernel, stride),
        )
    if func is ATEN.native_batch_norm.default and not args[5]:
        return _batch_norm(args[1], args[2], args[3], args[4], args[7])
    if func is ATEN.reflection_pad2d.default and min(args[1]) >= 0:
        return Reflection(tuple(args[1]))
    return None


def _batch_norm(weight: Any, bias: Any, mean: Tensor, variance: Tensor, eps: float) -> Neighbourhood:
    return Neighbourhood(
        (1, 1),
        (1, 1),
        (0, 0),
        (1, 1),
        0.0,
        lambda seen: functional.batch_norm(seen, mean, variance, weight, bias, training=False, eps=eps),
    )


def _given(args: Sequence[Any], defaults: Sequence[Any]) -> list[Any]:
    """The arguments of a call, with the operation's defaults for those that were left out."""
    return [*args, *defaults[len(args) - 1 :]]


def _pair(value: Sequence[int]) -> tuple[int, int]:
    return int(value[0]), int(value[-1])
