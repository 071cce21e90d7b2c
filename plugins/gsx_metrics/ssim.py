"""Structural similarity of the result to the content."""

from __future__ import annotations

from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from gsx.api import Options, Outputs
from gsx_metrics.averages import Averages


class Ssim:
    """SSIM of stylised and content picture in [-1, 1]; 1 = the same. Window: Gaussian of sigma 1.5, 11 px.

    Source: Wang et al., "Image quality assessment: from error visibility to structural similarity", TIP 2004,
    as torchmetrics computes it, per colour.
    """

    def __init__(self, options: Options) -> None:
        self._averages = Averages()

    def update(self, outputs: Outputs) -> None:
        values = structural_similarity_index_measure(
            outputs.stylized.detach().float(), outputs.content.detach().float(), data_range=1.0, reduction="none"
        )
        assert isinstance(values, Tensor)  # no images are asked for
        self._averages.add("ssim", values)

    def compute(self) -> dict[str, float]:
        return self._averages.means()
