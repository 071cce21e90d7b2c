"""Features of pictures, extracted once per extractor and shared by the cells of a worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from gsx.bench.clock import now
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.kinds import Role

BUDGET = 2**30
"""Bytes of maps that a worker keeps."""


@dataclass(frozen=True)
class Extracted:
    """Maps, and the seconds that extracting them took when it happened."""

    maps: FeatureMaps
    seconds: float

    @property
    def bytes(self) -> int:
        return sum(one.numel() * one.element_size() for one in self.maps.values())


class Features:
    """A cache over cells. What is found in it must only be read."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget, self._held = budget, 0
        self._known: OrderedDict[tuple[str, str], Extracted] = OrderedDict()

    def of(
        self, pipeline: Pipeline, extractor: str, image: Tensor, picture: str, layers: Sequence[str], role: Role
    ) -> Extracted:
        """The maps of a picture.

        Args:
            extractor: what determines the extractor's maps, as a key.
            image: ``(1, 3, H, W)`` in [0, 1]; ``picture`` is its key.
            layers: at least those that the pipeline reads; the same for all cells that share an extractor.
        """
        key = (extractor, picture)
        found = self._known.get(key)
        if found is None or not set(layers) <= found.maps.keys():
            if found is not None:
                self._held -= self._known.pop(key).bytes
            started = now(pipeline.device)
            maps = pipeline.extract(image.to(pipeline.device), layers, role)
            found = Extracted(maps, now(pipeline.device) - started)
            self._known[key] = found
            self._held += found.bytes
            while self._held > self._budget and len(self._known) > 1:
                self._held -= self._known.pop(self._spare(extractor)).bytes
        self._known.move_to_end(key)
        return found

    def _spare(self, extractor: str) -> tuple[str, str]:
        """What to give up: maps of an extractor that is done with, else those used last before the present pair's.

        Pictures come round and round: the one used longest ago is the next to be wanted.
        """
        known = list(self._known)
        others = (key for key in known if key[0] != extractor)
        return next(others, known[max(-3, -len(known))])
