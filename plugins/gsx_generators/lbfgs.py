"""L-BFGS a step at a time, so that each step can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Evaluated(NamedTuple):
    """The objective and its gradient at a point."""

    point: Tensor
    objective: Tensor
    gradient: Tensor


class Lbfgs:
    """torch's L-BFGS with a line search, one direction per :meth:`step`.

    torch asks for the objective where a step begins; what the search before found there is given back to it. Single
    steps thus spend the evaluations that many at once would, and take the same path bit for bit.

    Source: Liu & Nocedal, "On the limited memory BFGS method", 1989; the line search: Nocedal & Wright, "Numerical
    Optimization", algorithm 3.5.

    Args:
        point: what is optimised, in place; requires grad.
        evaluate: gives the objective at ``point`` and sets ``point.grad``; what it raises passes.
        history: past steps that are remembered.
        most: evaluations after which ``evaluate`` raises, at the latest.
    """

    def __init__(self, point: Tensor, evaluate: Callable[[], Tensor], *, history: int, most: int) -> None:
        self.point, self._evaluate = point, evaluate
        self.origin = point.detach().clone()
        """Where the latest step began."""
        self._here: Evaluated | None = None
        self._optimiser = torch.optim.LBFGS(
            [point],
            max_iter=1,
            max_eval=2 * most,  # no line search is cut short by torch
            history_size=history,
            tolerance_grad=0,
            tolerance_change=0,
            line_search_fn="strong_wolfe",
        )

    def step(self) -> bool:
        """Search along the next direction; whether the point moved. Where not, the next step asks anew."""
        self.origin = self.point.detach().clone()
        seen = [self._here or self._ask()]
        begun = False

        def closure() -> Tensor:
            nonlocal begun
            if begun:
                seen.append(self._ask())
            begun = True
            self.point.grad = seen[-1].gradient
            return seen[-1].objective

        self._optimiser.step(closure)  # type: ignore[no-untyped-call]
        state = self._optimiser.state[self.point]
        moved = len(seen) > 1 and bool((state["d"] * state["t"]).any())
        self._here = next((one for one in seen if torch.equal(one.point, self.point)), None) if moved else None
        return moved

    def preconditioned(self, vector: Tensor) -> Tensor:
        """H·v, where H is the approximate inverse Hessian that made the latest step's direction −H·gradient.

        H is linear; this is the two-loop recursion on the pairs (step, change of the gradient) that torch remembers.

        Shape:
            vector as the point -> the same, in float64.
        """
        state = self._optimiser.state[self.point]
        pairs = list(zip(state.get("old_stps", []), state.get("old_dirs", []), strict=True))
        result, weights = vector.double().flatten(), []
        for step, change in ((one.double(), other.double()) for one, other in reversed(pairs)):
            weights.append(step.dot(result) / step.dot(change))
            result = result - weights[-1] * change
        if pairs:
            step, change = (one.double() for one in pairs[-1])
            result *= step.dot(change) / change.dot(change)
        for step, change in ((one.double(), other.double()) for one, other in pairs):
            result += (weights.pop() - change.dot(result) / step.dot(change)) * step
        return result.view_as(vector)

    def _ask(self) -> Evaluated:
        objective = self._evaluate()
        assert self.point.grad is not None
        return Evaluated(self.point.detach().clone(), objective, self.point.grad)
