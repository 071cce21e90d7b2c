"""layercam: gradient times activation, position by position, for any score and any picture's pass."""

from __future__ import annotations

import torch

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import no_gradient, null_samples, place, spot
from gsx_explainers.options import LayercamOptions


class Layercam:
    """map = Σ_k ∂score/∂A_k ⊙ (A_k − B_k), signed, where B stands for the features' absence.

    Each position has a weight of its own, so nothing is pooled away where a map feeds a normalisation, whose gradient
    averages to zero and leaves Grad-CAM blind. The map sums to what the score loses to first order if the whole map
    became B. In a batch, the map of a sample that the score does not depend on is zero.

    Source: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", IEEE TIP 2021, with
    B = 0 (``baseline = zero``) and ``sign = positive``, which drops negative gradients and sums. Without that, what
    speaks against the score is kept.
    """

    def __init__(self, options: LayercamOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        (activation,) = probe.activations()
        path, gradient = spot([activation.address]), activation.gradient
        magnitude = gradient.abs().mean(dim=(1, 2, 3))
        provenance: dict[str, object] = {"mean_abs_gradient": magnitude.mean().item()}
        if not magnitude.any():
            return no_gradient(place([activation.address]), provenance)
        notes = [
            f"Positive where the features at {path} raise the score ({probe.score_higher}), to first order; negative "
            "where they lower it.",
            *null_samples(magnitude == 0, "its gradient is zero"),
        ]
        change = activation.value - activation.baseline
        positive = self.options.sign == "positive"
        heat = ((torch.relu(gradient) if positive else gradient) * change).sum(dim=1)
        if positive:
            heat = torch.relu(heat)
        provenance["map_sum"] = heat.sum(dim=(1, 2)).tolist()
        return Explanation(
            maps={"layercam": HeatMap(heat, probe.lies_on, f"LayerCAM at {path}", adds_up=not positive)},
            notes=tuple(notes),
            provenance=provenance,
        )
