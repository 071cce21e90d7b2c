"""What of a record a score looks at, found by watching it once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from torch import Tensor

from gsx.errors import PluginError
from gsx.pipeline.outputs import PassOutputs

RESULT = frozenset({"stylized", "stylized_maps", "logits"})
"""What of a record shows the stylised picture."""

_PARTS = frozenset(part.name for part in fields(PassOutputs)) | RESULT


@dataclass
class WatchedOutputs(PassOutputs):
    """A record that remembers which of its parts were looked at."""

    seen: set[str] = field(default_factory=set, repr=False)

    def __getattribute__(self, name: str) -> Any:
        if name in _PARTS:
            object.__getattribute__(self, "seen").add(name)
        return object.__getattribute__(self, name)


def watched(outputs: PassOutputs) -> WatchedOutputs:
    """The same record, watched; what it computes lazily, it computes for itself."""
    return WatchedOutputs(**{part.name: getattr(outputs, part.name) for part in fields(PassOutputs)})


def tensors_of(outputs: PassOutputs) -> list[Tensor]:
    """The pictures and maps of a record, as far as they are there."""
    maps = (outputs.content_maps, outputs.style_maps, outputs.fused, outputs._stylized_maps or {})
    return [outputs.content, outputs.style, outputs.stylized, *(value for one in maps for value in one.values())]


@contextmanager
def only_read(outputs: PassOutputs) -> Iterator[None]:
    """For a score to run in, which may not change what every other pass starts from.

    Raises:
        PluginError: it wrote over a picture or a map of the record.
    """
    given = [tensor for tensor in tensors_of(outputs) if not tensor.is_inference()]
    before = [tensor._version for tensor in given]
    yield
    if before != [tensor._version for tensor in given]:
        raise PluginError(
            "the score writes over the pictures or maps that it is given to read, so nothing after it would be right.",
            hint="Let it work on copies: x - y for x.sub_(y), or x.clone() first.",
        )
