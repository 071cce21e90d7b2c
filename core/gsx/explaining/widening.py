"""A pass repeated in one batch, so that several edits of it run together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.outputs import PassOutputs


def widened(outputs: PassOutputs, rows: int) -> PassOutputs:
    """The same pass ``rows`` times in one batch, one copy behind the other; a style common to several contents stays
    common."""
    if rows == 1:
        return outputs
    count = len(outputs.stylized)

    def wide(tensor: Tensor) -> Tensor:
        return repeated(tensor, rows, count)

    def maps(given: FeatureMaps) -> FeatureMaps:
        return {name: wide(value) for name, value in given.items()}

    return replace(
        outputs,
        content=wide(outputs.content),
        style=wide(outputs.style),
        stylized=wide(outputs.stylized),
        content_maps=maps(outputs.content_maps),
        style_maps=maps(outputs.style_maps),
        fused=maps(outputs.fused),
        mask=None if outputs.mask is None else wide(outputs.mask),
        _stylized_maps=None if outputs._stylized_maps is None else maps(outputs._stylized_maps),
        _logits=None,
    )


def repeated(tensor: Tensor, rows: int, count: int) -> Tensor:
    """``rows`` copies of a batch of ``count``, without memory of their own where it is one sample; others stay."""
    if tensor.ndim == 0 or len(tensor) != count:
        return tensor
    return tensor.expand(rows, *tensor.shape).flatten(0, 1) if rows > 1 else tensor


def single_rows(outputs: PassOutputs, rows: int, count: int) -> Iterator[PassOutputs]:
    """Each row's samples as a record of their own; what is computed lazily is computed once for all."""
    for row in range(rows):
        own = slice(row * count, (row + 1) * count)

        def cut(value: Any, own: slice = own) -> Any:
            if isinstance(value, Tensor):
                return value[own] if len(value) == rows * count else value
            return {name: cut(item) for name, item in value.items()} if isinstance(value, dict) else value

        def maps(image: Tensor, cut: Callable[[Any], Any] = cut) -> FeatureMaps:
            return cut(outputs.stylized_maps)  # type: ignore[no-any-return]

        def logits(image: Tensor, cut: Callable[[Any], Any] = cut) -> Sequence[Tensor]:
            return [cut(scale) for scale in outputs.logits]

        parts = {part.name: cut(getattr(outputs, part.name)) for part in fields(PassOutputs)}
        lazy = {"extract_stylized": maps, "discriminate": logits, "_stylized_maps": None, "_logits": None}
        yield PassOutputs(**{**parts, **lazy})
