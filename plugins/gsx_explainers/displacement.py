"""displacement: which term of an optimising generator moved each pixel how far."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import ContractError, Displacements, Explanation, HeatMap, Options, Probe, UnitValue

VISIBLE = 1 / 512
"""Half a level of 8 bits: a picture that moved less is the content, as files go."""

ALIKE = 1e-4
"""How far the score may lie from the mean displacement and be taken for it."""


class Displacement:
    """map of term i = ⟨d_i, D⟩ / |D| / pixels, where the d_i are what the terms moved and D is result − content.

    d_i and D are vectors of three colours, so a map is how far its term moved the pixel in the direction that it went
    in the end; negative where the others had to overcome it. Colours lie in [0, 1], and the division by the number of
    pixels makes each map sum to its term's part of the score ``change``, the mean of |D|. Zero where the pixel did not
    move. The first map, ``whole``, is |D| / pixels: the sum of the others.

    ``pixels`` takes its own path apart step by step: exact for the path taken, in which each term acts with what the
    others did before. It is not what would be missing without a term; a run without it says that.
    """

    def __init__(self, options: Options) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        """Raises ContractError where the generator has no terms."""
        found = probe.displacements()
        if found is None:
            raise ContractError(
                "the generator does not say what its terms moved.", hint="Try --generator pixels, which says it."
            )
        length = torch.linalg.vector_norm(found.whole, dim=1)
        provenance = _provenance(found)
        if not bool((length.mean(dim=(1, 2)) - probe.base).abs().max() <= ALIKE):
            return Explanation(
                null=True,
                null_reason="What the terms moved adds up to the score 'change', and another score is to be explained. "
                "Try score change.",
                provenance=provenance,
            )
        if found.whole.abs().max() < VISIBLE:
            return Explanation(
                null=True,
                null_reason=f"No pixel moved by more than {found.whole.abs().max().item():.2g}, less than a picture "
                "file can show: there is nothing that a term could have shaped.",
                provenance=provenance,
            )
        # A pixel that did not move has no direction: its zero is divided by anything.
        direction = found.whole / length.clamp_min(torch.finfo(length.dtype).tiny)[:, None]
        pixels = length[0].numel()
        along = {name: (moved * direction).sum(dim=1) / pixels for name, moved in found.terms.items()}
        return Explanation(
            maps={
                "whole": HeatMap(length / pixels, "stylized", "moved by all terms together", adds_up=True),
                **{name: _term(name, heat) for name, heat in along.items() if heat.any()},
            },
            values=_rows(along, len(length)),
            notes=(
                "How far each term moved the picture from the content, its colours in [0, 1]; negative where it pulled "
                "the other way. Terms add up to the whole change, and a map sums to its term's value. Exact for the "
                "path that was taken, on which terms act together: not what would be missing without one.",
            ),
            provenance=provenance,
            additive=True,
        )


def _term(name: str, heat: Tensor) -> HeatMap:
    """One term's map; its words name the term, for a sentence on one term is no sentence on the whole change."""
    return HeatMap(
        heat,
        "stylized",
        f"moved by {name}, in the direction that the pixel went",
        adds_up=True,
        says=(f"{name} held back", f"left alone by {name}", f"{name} pushed on"),
    )


def _rows(along: dict[str, Tensor], count: int) -> tuple[tuple[UnitValue, ...], ...]:
    return tuple(
        tuple(UnitValue(name, heat[sample].sum().item()) for name, heat in along.items()) for sample in range(count)
    )


def _provenance(found: Displacements) -> dict[str, object]:
    """Where it began, how far the sum misses, and each term's mean length whatever its direction; per sample."""
    missed = found.whole - sum(found.terms.values())
    return {
        "start": "content",
        "largest_residual": missed.abs().amax(dim=(1, 2, 3)).tolist(),
        "mean_length": {
            name: torch.linalg.vector_norm(moved, dim=1).mean(dim=(1, 2)).tolist()
            for name, moved in found.terms.items()
        },
    }
