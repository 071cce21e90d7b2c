"""KID of results and styles, in a judge's features."""

from __future__ import annotations

import warnings

import torch
from torchmetrics.image.kid import KernelInceptionDistance

from gsx.api import Outputs
from gsx_metrics.judged_options import KidOptions, kid_layers
from gsx_metrics.picture_sets import Given, PictureSets, pooled

NORMAL = 1.96
"""Standard errors on each side of a 95 % interval."""


class Kid:
    """Squared maximum mean discrepancy, kernel ``(x·y / D + 1)³``, of results and styles: ``mean``, ``low``, ``high``.

    Features are the channel means of one layer of the judge, not of Inception, in the styles' units (see
    :meth:`PictureSets.both`), so that figures compare with those of the same judge over the same styles only; the
    preprocessing and the data's hash say which. The reference are the style pictures, each once, as in ArtFID: 0 means
    that the results could be styles. Nearly unbiased (but for those units), so that few pictures make it uncertain and
    not large; it may be negative.

    ``mean`` is torchmetrics' own: over random subsets, here of half of the smaller set. Their standard deviation
    estimates the standard error of the whole (delete-half jackknife; Shao & Wu, "A General Theory for Jackknife
    Variance Estimation", Annals of Statistics 1989); ``low`` and ``high`` are 1.96 of it away. Of the larger set less
    than half is drawn, so the interval is rather too wide. It does not know that results which share a content or a
    style are not independent.

    Source: Bińkowski et al., "Demystifying MMD GANs", ICLR 2018.
    """

    def __init__(self, options: KidOptions) -> None:
        self.options = options
        self._sets = PictureSets()

    def update(self, outputs: Outputs) -> None:
        (layer,) = kid_layers(self.options, outputs.layout)
        self._sets.add(pooled(outputs.stylized_maps[layer]), pooled(outputs.style_maps[layer]), outputs.style)

    def compute(self) -> dict[str, float]:
        """The figures.

        Raises:
            Skip: too few pictures.
        """
        results, styles = self._sets.both(self.options.least)
        size = min(len(results), len(styles)) // 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a remark on the memory that features take
            metric = KernelInceptionDistance(Given(results.shape[1]), self.options.subsets, size)
        metric.update(styles, real=True)
        metric.update(results, real=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # the same subsets each time
            mean, error = (float(value) for value in metric.compute())
        return {"mean": mean, "low": mean - NORMAL * error, "high": mean + NORMAL * error}
