"""occlusion: what the score loses where a window of positions is replaced by the baseline."""

from __future__ import annotations

import math
from itertools import product

import torch
from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import no_change, null_samples, place, spot, unmoved
from gsx_explainers.options import OcclusionOptions
from gsx_explainers.shown import require_positions

WINDOWS_ACROSS = 8
"""Windows side by side along the longer side, where the window is not given."""


class Occlusion:
    """value of a position = mean, over the windows that cover it, of score(as is) − score(window at the baseline).

    Windows start at every ``stride``-th position; the last of a row or column is cut off at the border. Positive:
    the score falls without what is there. Where the picture is made again, a second map shows how much it changes.

    Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, sec. 4.2; the mean over
    windows is captum's.
    """

    def __init__(self, options: OcclusionOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        size = require_positions(probe, "occlusion")
        window, stride = self._window(size)
        corners = list(product(*(_starts(side, window, stride) for side in size)))
        changes, images = [], []
        step = probe.chunk  # it may fall while rows are run
        for first in range(0, len(corners), step):
            chunk = corners[first : first + step]
            evaluation = probe.values(1 - _windows(chunk, window, size))
            changes.append(probe.base - evaluation.scores)
            if evaluation.image_change is not None:
                images.append(evaluation.image_change)
        change = torch.cat(changes)
        where = place(probe.addresses)
        provenance: dict[str, object] = {"window": window, "stride": stride, "windows": len(corners)}
        nothing = unmoved(change, probe.base)
        if nothing.all():
            return no_change(where, provenance)
        change[:, nothing] = 0
        label, heat = f"occlusion at {spot(probe.addresses)}", _mean(change, corners, window, size)
        maps = {"occlusion": HeatMap(heat, probe.lies_on, label)}
        if images:
            heat, label = _mean(torch.cat(images), corners, window, size), f"change of the picture by {label}"
            maps["image-change"] = HeatMap(heat, probe.lies_on, label, quantity="picture")
        return Explanation(
            maps=maps,
            notes=(
                f"Positive: the score falls where this is replaced (a larger score means: {probe.score_higher}). "
                f"Windows of {window} × {window} positions, every {stride}; each is replaced alone, so the map does "
                "not add up to the score.",
                *null_samples(nothing, "no window moves its score by more than rounding"),
            ),
            provenance=provenance,
        )

    def _window(self, size: tuple[int, int]) -> tuple[int, int]:
        """Side of the window and stride, in positions."""
        stride = self.options.stride
        window = self.options.window or max(math.ceil(max(size) / WINDOWS_ACROSS), stride or 0)
        return window, stride or math.ceil(window / 2)


def _starts(side: int, window: int, stride: int) -> range:
    """First positions of the windows along one side."""
    count = math.ceil(max(side - window, 0) / stride) + 1
    return range(0, count * stride, stride)


def _windows(corners: list[tuple[int, ...]], window: int, size: tuple[int, int]) -> Tensor:
    """1 within each window: ``(M, h, w)``."""
    inside = torch.zeros(len(corners), *size)
    for index, (row, column) in enumerate(corners):
        inside[index, row : row + window, column : column + window] = 1
    return inside


def _mean(changes: Tensor, corners: list[tuple[int, ...]], window: int, size: tuple[int, int]) -> Tensor:
    """At each position, the mean of the windows that cover it: ``(M, N)`` -> ``(N, h, w)``."""
    total = torch.zeros(changes.shape[1], *size, device=changes.device)
    count = torch.zeros(size, device=changes.device)
    for change, (row, column) in zip(changes, corners, strict=True):
        inside = (..., slice(row, row + window), slice(column, column + window))
        total[inside] += change[:, None, None]
        count[inside] += 1
    return total / count
