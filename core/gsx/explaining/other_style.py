"""OtherStyle: the maps of a style that scores are asked about instead, made once for all explanations of a command."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.explaining.memory import MIB
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.pipeline import Pipeline


class OtherStyle:
    """Keeps the maps of the style that was asked for last.

    Args:
        budget: MiB that they may take; larger ones are made anew each time.
    """

    def __init__(self, budget: int) -> None:
        self._room = budget * MIB
        self._kept: tuple[Tensor, FeatureMaps, list[int]] | None = None

    def maps(self, pipeline: Pipeline, style: Tensor) -> FeatureMaps:
        """The maps of ``style``, ``(N or 1, 3, H, W)``, in one and the same pipeline."""
        if self._kept is not None:
            known, maps, versions = self._kept
            if torch.equal(known, style) and versions == _versions(maps):  # else somebody wrote over what was lent
                return maps
        self._kept = None
        with torch.inference_mode(False), torch.no_grad():
            maps = pipeline.extract(style, pipeline.layers, "style")
        if sum(one.nbytes for one in maps.values()) <= self._room:
            self._kept = style.clone(), maps, _versions(maps)
        return maps

    def forget(self) -> None:
        """Keep nothing that was made while a stranger had changed the networks."""
        self._kept = None


def _versions(maps: FeatureMaps) -> list[int]:
    return [one._version for one in maps.values()]
