"""How evenly an extractor's maps and their Gram matrices are spread."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Outputs
from gsx.ops.gram import gram
from gsx_metrics.averages import Averages
from gsx_metrics.options import EntropyOptions, entropy_layers


class Entropy:
    """Entropy of the maps (``activation.LAYER``) and of their Gram matrices (``gram.LAYER``), and the ``mean`` of each.

    Values count by their share of the sum of all absolute values; 1: all are equal, 0: one has everything. It is a
    figure about an extractor and the pictures, not about the result, so no direction is better. Wang et al. find it low
    in networks with residual connections, and stylisation through those bad; ``extractor.smoothing`` changes it. A map
    of zeros has none and is left out.

    Source: Wang, Li & Vasconcelos, "Rethinking and Improving the Robustness of Image Style Transfer", CVPR 2021; the
    shares, and the division by the logarithm of the number of values, which makes layers comparable, are our reading.
    """

    def __init__(self, options: EntropyOptions) -> None:
        self.options = options
        self._averages = Averages()

    def update(self, outputs: Outputs) -> None:
        layers = entropy_layers(self.options, outputs.layout)
        sources = {"content": outputs.content_maps, "style": outputs.style_maps}
        for role, maps in sources.items():
            if self.options.of not in ("both", role):
                continue
            for kind, values in (
                ("activation", {layer: evenness(maps[layer]) for layer in layers}),
                ("gram", {layer: evenness(gram(maps[layer])) for layer in layers}),
            ):
                values["mean"] = torch.stack(list(values.values())).nanmean(0)
                for name, value in values.items():
                    self._averages.add(f"{kind}.{name}", value[~value.isnan()])

    def compute(self) -> dict[str, float]:
        return self._averages.means()


def evenness(values: Tensor) -> Tensor:
    """Entropy of the shares of absolute values, over the logarithm of their number; 1 for a single value.

    Shape:
        ``(N, ...)`` -> ``(N,)`` in [0, 1]; NaN where all values are 0.

    Example:
        >>> evenness(torch.tensor([[1.0, -1.0, 0.0, 0.0]])).tolist()
        [0.5]
    """
    sizes = values.detach().cpu().double().abs().flatten(1)  # Apple's GPUs have no float64
    if sizes.shape[1] == 1:
        return torch.where(sizes[:, 0] > 0, 1.0, torch.nan)
    shares = sizes / sizes.sum(1, keepdim=True)
    return torch.special.entr(shares).sum(1) / torch.log(torch.tensor(float(sizes.shape[1]), dtype=torch.float64))
