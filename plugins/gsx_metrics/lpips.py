"""LPIPS: the learned perceptual distance of the result to the content."""

from __future__ import annotations

import torch

from gsx.api import ContractError, Outputs, Skip, WeightsError
from gsx.ops.lpips_network import lpips_distance
from gsx_metrics.averages import Averages
from gsx_metrics.options import LpipsOptions


class Lpips:
    """LPIPS of stylised and content picture, 0 = the same.

    The backbone is only ever read from torch's hub cache. Where it is not there, ``compute`` raises Skip, which says
    where it would have to be; nothing is downloaded, and nothing takes its place.
    """

    def __init__(self, options: LpipsOptions) -> None:
        self.options = options
        self._averages = Averages()
        self._obstacle: str | None = None

    def update(self, outputs: Outputs) -> None:
        try:
            with torch.no_grad():
                values = lpips_distance(outputs.stylized, outputs.content, self.options.net)
        except (WeightsError, ContractError) as error:
            self._obstacle = str(error).replace("\n", " ")
            return
        self._averages.add("lpips", values)

    def compute(self) -> dict[str, float]:
        """The mean over pictures.

        Raises:
            Skip: the backbone's file is missing or damaged, or a picture was too small.
        """
        if self._obstacle:
            raise Skip(self._obstacle)
        return self._averages.means()
