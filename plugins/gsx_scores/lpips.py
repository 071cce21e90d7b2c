"""LPIPS: the learned perceptual distance of the result to the content."""

from __future__ import annotations

from torch import Tensor

from gsx.api import ContractError, Outputs, WeightsError
from gsx.ops.lpips_network import lpips_distance
from gsx_scores.options import LpipsOptions


class Lpips:
    """LPIPS of stylised and content picture per sample, ``(N,)``; 0 = the same."""

    def __init__(self, options: LpipsOptions) -> None:
        self.options = options

    def __call__(self, outputs: Outputs) -> Tensor:
        """The score.

        Raises:
            WeightsError: the backbone's weights are not there; nothing is downloaded.
            ContractError: pictures too small for the backbone.
        """
        try:
            return lpips_distance(outputs.stylized, outputs.content, self.options.net)
        except (WeightsError, ContractError) as error:
            raise type(error)(f"score 'lpips': {error.message}", hint=error.hint) from error
