"""An ArtFID-like figure, named after its features."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torchmetrics.image.fid import FrechetInceptionDistance

from gsx.api import Outputs
from gsx_metrics.averages import Averages
from gsx_metrics.judged_options import ArtFidOptions, content_half, one_layer
from gsx_metrics.picture_sets import Given, PictureSets, pooled


class ArtFidLike:
    """(1 + content distance) · (1 + Fréchet distance), lower is better; the figure is ``artfid-JUDGE-WEIGHTS``.

    The form is ArtFID's; what goes into it is **not**, so numbers of papers are of another scale:

    * the features are the channel means of one layer of the judge, not those of an Inception network trained on
      artworks; and their Fréchet distance is divided by the styles' total variance, because the features of random
      networks are small numbers and those of others are large. Figure ``frechet``: 0 is the styles, and 1 a single
      picture in their middle instead of them.
    * the content distance is LPIPS' formula without LPIPS' learned weights: squared differences of maps whose channels
      are scaled to length 1 at each position, averaged over positions and the judge's layers; in [0, 4]. Figure
      ``content``.
    * the reference are this benchmark's style pictures, each once, and not a collection of art.

    What the product trades, one half for the other, depends on the judge: look at both halves. The Fréchet distance is
    biased upwards where pictures are few, by about the trace of a covariance over their number, and its covariances
    have no full rank below D + 1 pictures (ArtFID's authors use thousands). Compare it only between sets of the same
    size over the same pictures, and see ``kid``, which has hardly any bias, beside it.

    Source: Wright & Ommer, "ArtFID: Quantitative Evaluation of Neural Style Transfer", GCPR 2022; Heusel et al., "GANs
    Trained by a Two Time-Scale Update Rule", NeurIPS 2017; Zhang et al., "The Unreasonable Effectiveness of Deep
    Features as a Perceptual Metric", CVPR 2018.
    """

    def __init__(self, options: ArtFidOptions) -> None:
        self.options = options
        self._averages = Averages()
        self._sets = PictureSets()

    def update(self, outputs: Outputs) -> None:
        layer = one_layer(self.options.layer, outputs.layout, "artfid-like")
        self._sets.add(pooled(outputs.stylized_maps[layer]), pooled(outputs.style_maps[layer]), outputs.style)
        layers = content_half(self.options, outputs.layout)
        distances = [unit_distance(outputs.stylized_maps[name], outputs.content_maps[name]) for name in layers]
        self._averages.add("content", torch.stack(distances).mean(0))

    def compute(self) -> dict[str, float]:
        """The figures.

        Raises:
            Skip: too few pictures.
        """
        results, styles = self._sets.both(self.options.least)
        metric = FrechetInceptionDistance(Given(results.shape[1]))
        metric.update(styles, real=True)
        metric.update(results, real=False)
        # Of two equal sets it is 0, and comes out of the eigenvalues as a tiny negative number.
        frechet = max(float(metric.compute()), 0.0) / results.shape[1]  # the styles' variances sum to D by now
        content = self._averages.means()["content"]
        product = (1 + content) * (1 + frechet)
        return {f"artfid-{self.options.features}": product, "frechet": frechet, "content": content}


def unit_distance(first: Tensor, second: Tensor) -> Tensor:
    """Squared distance of the directions of two maps' channel vectors, averaged over positions.

    Shape:
        two of ``(N, C, H, W)`` -> ``(N,)`` in [0, 4].
    """
    return (normalize(first.float(), dim=1) - normalize(second.float(), dim=1)).square().sum(1).mean((1, 2))
