"""Gram distance under a network that nothing optimised."""

from __future__ import annotations

from gsx.api import Outputs
from gsx.ops.distances import gram_distance
from gsx_metrics.averages import Averages
from gsx_metrics.judged_options import GramDistanceOptions, gram_layers
from gsx_metrics.style_distance import add_distances


class GramDistance:
    """Distance of the Gram matrices of result and style in the judge's layers, figures as of ``style-distance``.

    A generator that optimises through the extractor, or was trained through it, may please that extractor without
    looking like the style. A network that nobody asked before can't have been pleased; with random weights it measures
    texture well enough to synthesise it (Ustyuzhaninov et al., "What does it take to generate natural textures?", ICLR
    2017). ``normalised`` is the share of the content's own distance that is left: 0 = the style's Gram matrix.

    A Gram matrix holds energy besides correlation: a result of more contrast or noise than the style has is far from
    it, even beyond 1, whatever it looks like. Look at the pictures, and at ``style-retrieval``, before ranking by it.
    """

    def __init__(self, options: GramDistanceOptions) -> None:
        self.options = options
        self._averages = Averages()

    def update(self, outputs: Outputs) -> None:
        add_distances(self._averages, outputs, gram_layers(self.options, outputs.layout), gram_distance)

    def compute(self) -> dict[str, float]:
        return self._averages.means()
