"""LocalPass: a network's pass over one picture, kept, so that a changed patch costs only what it touches.

A window of 32 pixels touches a few per cent of a network's shallow maps, and these are the dearest. The pass is kept
operation by operation; a changed picture is followed through them box by box, and only the touched part of each
result is computed again. Networks that look further than a neighbourhood have no such pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from gsx.explaining.local_rules import (
    IN_PLACE,
    OVERWRITING,
    POINTWISE,
    SAME,
    Box,
    Neighbourhood,
    Reflection,
    local_rule,
)
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import KnownStatistics, known_statistics

WORTH_IT = 0.5
"""Share of the picture above which a changed box costs about as much as the whole pass."""


@dataclass(frozen=True)
class _Step:
    """One operation: what it was given, its result, and which of what it was given depends on the picture."""

    func: Any
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    result: Tensor
    reads: tuple[Tensor, ...]
    rule: Neighbourhood | Reflection | None
    then: tuple[Any, ...] = ()
    """Operations of one operand, done to the result at once: ``result`` is what they leave."""


class _Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps every operation that depends on the picture; ``whole`` turns False at one that it has no rule for."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[_Step] = []
        self.whole = True
        self.known = {id(picture): picture}
        self._looked_at: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        outcome = func(*args, **kwargs)
        reads = tuple(leaf for leaf in tree_leaves((args, kwargs)) if id(leaf) in self.known)
        if reads and self.whole:
            self._keep(func, args, kwargs, outcome, reads)
        return outcome

    def _keep(self, func: Any, args: Any, kwargs: Any, outcome: Any, reads: tuple[Tensor, ...]) -> None:
        result = outcome[0] if isinstance(outcome, tuple) else outcome
        rule = local_rule(func, args)
        pointwise = func in POINTWISE or func in IN_PLACE or func in SAME
        # Written over, a map is not there any more for whoever looked further than where it is written.
        lost = func in IN_PLACE and (id(args[0]) not in self.known or _memory(args[0]) in self._looked_at)
        maps = all(read.ndim == 4 for read in reads) and isinstance(result, Tensor) and result.ndim == 4
        alone = rule is None or (len(reads) == 1 and reads[0] is args[0])
        if not maps or lost or not alone or (rule is None and not (pointwise and _in_place_of(result, args, reads))):
            self.whole = False
            return
        if rule is not None or len(reads) > 1:
            written = args[0] if func in IN_PLACE else None
            self._looked_at.update(_memory(read) for read in reads if read is not written)
        self.known[id(result)] = result
        self.steps.append(_Step(func, args, kwargs, result, reads, rule))


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _in_place_of(result: Tensor, operands: Sequence[Any], reads: Sequence[Tensor]) -> bool:
    """Whether each position of a pointwise result depends on that one of the operands, or on what all have in common.

    One position of the picture's that is spread over others, as a gate is, would change them all.
    """
    size = tuple(result.shape[-2:])
    tensors = [operand for operand in operands if isinstance(operand, Tensor)]
    common = [one for one in tensors if all(one is not read for read in reads)]
    alike = all(tuple(read.shape[-2:]) == size for read in reads)
    return alike and all(one.ndim == 0 or one.numel() == 1 or _fits(one, size) for one in common)


def _fits(operand: Tensor, size: Sequence[int]) -> bool:
    return operand.ndim >= 2 and tuple(operand.shape[-2:]) in {tuple(size), (1, 1)}


class LocalPass:
    """The maps of one picture, and of pictures that differ from it within a box.

    Args:
        picture: ``(1, 3, H, W)``.
        maps: what the network gave for it.
        steps: the operations in between.
    """

    def __init__(self, picture: Tensor, maps: FeatureMaps, steps: Sequence[_Step]) -> None:
        self._picture, self._maps = picture, maps
        self._steps = _joined(steps, {id(value) for value in maps.values()})
        self._statistics = {name: KnownStatistics.of(value) for name, value in maps.items()}
        self._before = picture.clone(memory_format=torch.contiguous_format)
        self._spoilt = False

    @classmethod
    def record(cls, network: Callable[[Tensor], FeatureMaps], picture: Tensor) -> LocalPass | None:
        """Run the network once and keep its pass; None where it is not made of local operations alone."""
        # Networks are laid out so too, where the pipeline was built from a recipe; others lose little.
        picture = picture.clone(memory_format=torch.channels_last)
        with torch.no_grad(), _Tape(picture) as tape:
            maps = network(picture)
        last = {id(step.result) for step in tape.steps}
        if len(picture) != 1 or not tape.whole or not all(id(value) in last for value in maps.values()):
            return None
        return cls(picture, maps, tape.steps)

    @contextmanager
    def of(self, picture: Tensor) -> Iterator[FeatureMaps | None]:
        """The maps of another picture; valid inside the block. None where it differs in too much of its area.

        Inside, :func:`gsx.ops.statistics.mean_std` of these maps costs what the touched part costs.
        """
        box = _changed(self._before, picture)
        height, width = picture.shape[-2:]
        if self._spoilt or (box is not None and (box[2] - box[0]) * (box[3] - box[1]) > WORTH_IT * height * width):
            yield None
            return
        boxes: dict[int, Box] = {}
        undo: list[tuple[Tensor, Tensor]] = []
        try:
            if box is not None:
                boxes[id(self._picture)] = box
                _write(self._picture, box, _at(picture, box), undo)
                self._spoilt = not self._follow(boxes, undo)
            if self._spoilt:
                yield None
                return
            written = self._versions()
            try:
                with known_statistics(self._partly_new(boxes, undo)):
                    yield self._maps
            finally:
                self._spoilt = written != self._versions()  # somebody wrote over what was lent
        finally:
            for part, old in reversed(undo):
                part.copy_(old)

    def _versions(self) -> list[int]:
        return [value._version for value in self._maps.values()]

    def _follow(self, boxes: dict[int, Box], undo: list[tuple[Tensor, Tensor]]) -> bool:
        """Whether it could be followed to the end."""
        for step in self._steps:
            touched = [boxes[id(read)] for read in step.reads if id(read) in boxes]
            if not touched:
                continue
            box = _around(touched)
            if step.func in IN_PLACE and boxes.get(id(step.result)) != box:
                return False  # what it wrote over is there inside its own box alone
            if step.func in SAME:
                boxes[id(step.result)] = box
                continue
            if step.rule is not None:
                box = step.rule.touched(box, step.result.shape[-2:])
                if box[0] >= box[2] or box[1] >= box[3]:
                    continue
                new = step.rule.part(step.reads[0], box)
                for func in step.then:
                    new = OVERWRITING.get(func, func)(new)
            else:
                new = _pointwise(step, box)
            boxes[id(step.result)] = box
            _write(step.result, box, new, undo)
        return True

    def _partly_new(self, boxes: Mapping[int, Box], undo: Sequence[tuple[Tensor, Tensor]]) -> list[KnownStatistics]:
        """The statistics of each map, from those before and what the touched box adds and takes away."""
        before: dict[int, Tensor] = {}
        for part, old in undo:  # of what was written to more than once, the first is what was there
            before.setdefault(part.untyped_storage().data_ptr(), old)
        found = []
        for name, value in self._maps.items():
            known, box = self._statistics[name], boxes.get(id(value))
            if box is not None:
                known = known.replaced(before[value.untyped_storage().data_ptr()], _at(value, box))
            found.append(known)
        return found


def _write(whole: Tensor, box: Box, new: Tensor, undo: list[tuple[Tensor, Tensor]]) -> None:
    part = _at(whole, box)
    undo.append((part, part.clone()))
    part.copy_(new)


def _pointwise(step: _Step, box: Box) -> Tensor:
    size = step.result.shape[-2:]
    args, kwargs = tree_map(lambda leaf: _operand(leaf, box, size), (tuple(step.args), dict(step.kwargs)))
    if step.func in IN_PLACE:
        args = (args[0].clone(), *args[1:])
    result: Tensor = step.func(*args, **kwargs)
    return result


def _joined(steps: Sequence[_Step], kept: set[int]) -> list[_Step]:
    """The same steps, where an activation behind a convolution is no step of its own: one map less to write."""
    readers: dict[int, int] = {}
    for step in steps:
        for read in step.reads:
            readers[id(read)] = readers.get(id(read), 0) + 1
    joined: list[_Step] = []
    for step in steps:
        before = joined[-1] if joined else None
        alone = len(step.args) == 1 and not step.kwargs and step.func in POINTWISE
        if (
            before is not None
            and before.rule is not None
            and alone
            and step.reads[0] is before.result
            and readers[id(before.result)] == 1
            and id(before.result) not in kept
        ):
            joined[-1] = replace(before, result=step.result, then=(*before.then, step.func))
        else:
            joined.append(step)
    return joined


def _changed(before: Tensor, after: Tensor) -> Box | None:
    """The box around every pixel that differs; None where none does."""
    differs = (before != after).any(dim=1).any(dim=0)
    if not differs.any():
        return None
    rows, columns = differs.any(1).nonzero().flatten(), differs.any(0).nonzero().flatten()
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _around(boxes: Sequence[Box]) -> Box:
    low = [min(box[axis] for box in boxes) for axis in (0, 1)]
    high = [max(box[axis] for box in boxes) for axis in (2, 3)]
    return low[0], low[1], high[0], high[1]


def _at(image: Tensor, box: Box) -> Tensor:
    return image[..., box[0] : box[2], box[1] : box[3]]


def _operand(leaf: Any, box: Box, size: Sequence[int]) -> Any:
    """What of an operand goes into a box of a pointwise result; one that is common to all positions stays."""
    if not isinstance(leaf, Tensor) or leaf.ndim < 2 or tuple(leaf.shape[-2:]) == (1, 1):
        return leaf
    return _at(leaf, box) if tuple(leaf.shape[-2:]) == tuple(size) else leaf
