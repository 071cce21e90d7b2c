"""Which term moved each pixel how far, along one optimisation of ``pixels``."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx_generators.lbfgs import Lbfgs
from gsx_generators.pixel_terms import PixelTerms, held, scale_of


class DisplacementPath:
    """Adds up what each term moved, step by step, up to the best picture.

    A step is x <- x + t·d with d = -H·g. H, from the steps before, is the same for all terms and linear, and g is the
    sum of the terms' gradients, so that term i moved t·(-H·g_i). The best picture may be a trial of a line search,
    x + t'·d, which is taken apart likewise.

    ``moved`` has, each ``(1, 3, H, W)`` in float64 and signed, ``content``, ``style`` and ``tv`` with their weights;
    ``overshoot``, what holds pixels near [0, 1]; and ``clamping``, from the last pixels to the picture within [0, 1].
    A term of weight 0 moves nothing, exactly. Through H a term acts on what others did before: the terms share the way
    that was taken, and none would have taken its part of it alone.

    Args:
        start: the picture that the optimisation begins at, ``(1, 3, H, W)`` in [0, 1].
    """

    def __init__(self, terms: PixelTerms, start: Tensor) -> None:
        self._terms = terms
        nothing = torch.zeros_like(start, dtype=torch.float64)
        self._so_far = dict.fromkeys((*terms.weights, "overshoot"), nothing)
        self._best: Tensor | None = None
        self.moved = {**self._so_far, "clamping": nothing}

    def found(self, pixels: Tensor) -> None:
        """These pixels, before clamping, are the best so far; they lie on the step that is being searched."""
        self._best = pixels.detach().clone()

    def stepped(self, search: Lbfgs) -> None:
        """A step is finished."""
        reached = search.point.detach()
        if self._best is not None or not torch.equal(reached, search.origin):
            directions = self._directions(search)
            self._take_best(search, directions)
            self._so_far = self._after(directions, reached - search.origin)

    def ended(self, search: Lbfgs) -> None:
        """The evaluations are spent: what was found since the last whole step is a trial of one that is not."""
        if self._best is not None:
            self._take_best(search, self._directions(search))

    def _take_best(self, search: Lbfgs, directions: dict[str, Tensor]) -> None:
        if self._best is not None:
            moved = self._after(directions, self._best - search.origin)
            self.moved = {**moved, "clamping": self._best.clamp(0, 1).double() - self._best}
            self._best = None

    def _after(self, directions: dict[str, Tensor], way: Tensor) -> dict[str, Tensor]:
        """What was moved so far and ``way`` along the common direction."""
        common = torch.stack(list(directions.values())).sum(0)
        length = (way * common).sum() / common.square().sum().clamp_min(torch.finfo(torch.float64).tiny)
        return {name: self._so_far[name] + length * direction for name, direction in directions.items()}

    def _directions(self, search: Lbfgs) -> dict[str, Tensor]:
        """-H·g_i where the latest step began."""
        pixels = search.origin.clone().requires_grad_()
        tensors, overshoot = held(pixels, self._terms)
        weighted = {name: weight * tensors[name] for name, weight in self._terms.weights.items() if weight > 0}
        directions = {name: torch.zeros_like(pixels, dtype=torch.float64) for name in self._so_far}
        for name, term in {**weighted, "overshoot": overshoot}.items():
            (gradient,) = torch.autograd.grad(scale_of(pixels) * term, pixels, retain_graph=True)
            directions[name] = -search.preconditioned(gradient)
        return directions
