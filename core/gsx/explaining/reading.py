"""What of a record a score looks at, found by watching it once."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

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
