"""smoothgrad: gradient times activation, the gradient averaged over noisy copies of the activation."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import no_gradient, null_samples, place, spot
from gsx_explainers.options import SmoothgradOptions


class Smoothgrad:
    """map = Σ_k mean over ε of ∂score/∂A_k at A + ε ⊙ (A_k − B_k), signed, where B stands for the features' absence.

    ε is normal noise whose deviation is ``noise`` times the range of the sample's activation, the same draws for each
    sample of a batch. Without noise it is LayerCAM.

    Source: Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017, with the product of sec. 3.4 (theirs
    with B = 0).
    """

    def __init__(self, options: SmoothgradOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        random = torch.Generator().manual_seed(probe.seed)
        (clean,) = probe.activations()
        value, change = clean.value, clean.value - clean.baseline
        spread = self.options.noise * (value.amax(dim=(1, 2, 3)) - value.amin(dim=(1, 2, 3)))
        total = squares = torch.zeros((), dtype=torch.float64, device=value.device)
        silent = torch.ones(len(value), dtype=torch.bool, device=value.device)
        for _ in range(self.options.samples):
            drawn = torch.randn(1, *value.shape[1:], generator=random).to(value.device)
            (noisy,) = probe.activations(at=[value + spread[:, None, None, None] * drawn])
            silent &= ~noisy.gradient.flatten(1).any(dim=1)
            one = (noisy.gradient * change).sum(dim=1).double()
            total, squares = total + one, squares + one.square()
        path = spot([clean.address])
        # Where the gradient itself is zero, as at a perfect match, there is nothing to smooth: only the noise has one.
        silent |= ~clean.gradient.flatten(1).any(dim=1)
        if silent.all():
            return no_gradient(place([clean.address]), {"samples": self.options.samples})
        heat = torch.where(silent[:, None, None], 0, total / self.options.samples)
        error = _standard_error(heat, squares, self.options.samples)
        return Explanation(
            maps={"smoothgrad": HeatMap(heat.float(), probe.lies_on, f"SmoothGrad at {path}", adds_up=True)},
            notes=(
                f"Positive where the features at {path} raise the score ({probe.score_higher}), to first order, on "
                f"average over {self.options.samples} noisy copies of them; negative where they lower it.",
                *null_samples(silent, "its gradient is zero"),
            ),
            provenance={
                "samples": self.options.samples,
                "noise_deviation": spread.tolist(),
                "mean_standard_error": error,
                "map_sum": heat.sum(dim=(1, 2)).tolist(),
            },
        )


def _standard_error(mean: Tensor, squares: Tensor, samples: int) -> list[float]:
    """Of the mean at a position, averaged over positions, by sample: mean and squares ``(N, h, w)``."""
    variance = (squares / samples - mean.square()).clamp_min(0) / max(samples - 1, 1)
    return variance.sqrt().mean(dim=(1, 2)).tolist()
