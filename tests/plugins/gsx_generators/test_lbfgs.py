"""Lbfgs: one step at a time, and the path of torch's own loop all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gsx_generators.lbfgs import Lbfgs


class Spent(Exception):  # noqa: N818 - as in pixels
    pass


def bowl(point: Tensor) -> Tensor:
    return (torch.arange(1.0, 7.0) * (point - 0.3).square()).sum()


def rosenbrock(point: Tensor) -> Tensor:
    return (100 * (point[1:] - point[:-1].square()).square() + (1 - point[:-1]).square()).sum()


def kinked(point: Tensor) -> Tensor:
    # A line search finds nothing at the kink, so that torch ends early.
    return (point - 0.1).abs().sum()


def counted(
    point: Tensor, function: Callable[[Tensor], Tensor], most: int
) -> tuple[Callable[[], Tensor], list[Tensor]]:
    seen: list[Tensor] = []

    def evaluate() -> Tensor:
        if len(seen) == most:
            raise Spent
        seen.append(point.detach().clone())
        value = function(point)
        (point.grad,) = torch.autograd.grad(value, point)
        return value.detach()

    return evaluate, seen


def until_spent(step: Callable[[], object]) -> None:
    with contextlib.suppress(Spent):
        while True:
            step()


def start() -> Tensor:
    return torch.tensor([-1.2, 1.0, 0.4, -0.7, 2.0, 0.1]).requires_grad_()


def torchs_own(function: Callable[[Tensor], Tensor], most: int, history: int) -> list[Tensor]:
    """Every point that torch asks about in steps of as many iterations as it likes."""
    point = start()
    evaluate, seen = counted(point, function, most)
    options = {"max_iter": most, "max_eval": 2 * most, "history_size": history, "line_search_fn": "strong_wolfe"}
    optimiser = torch.optim.LBFGS([point], tolerance_grad=0, tolerance_change=0, **options)
    until_spent(lambda: optimiser.step(evaluate))
    return seen


@pytest.mark.parametrize("function", [bowl, rosenbrock, kinked])
@pytest.mark.parametrize("history", [1, 10])
def test_asks_about_the_points_that_torch_asks_about(function, history):
    point = start()
    evaluate, seen = counted(point, function, 40)
    search = Lbfgs(point, evaluate, history=history, most=40)
    until_spent(search.step)
    expected = torchs_own(function, 40, history)
    assert len(seen) == len(expected) == 40
    assert all(torch.equal(one, other) for one, other in zip(seen, expected, strict=True))


def test_the_direction_is_the_preconditioned_gradient():
    point = start()
    evaluate, _ = counted(point, rosenbrock, 100)
    search = Lbfgs(point, evaluate, history=3, most=100)
    for _ in range(12):
        origin = point.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(rosenbrock(origin), origin)
        assert search.step()
        moved, direction = point.detach() - search.origin, -search.preconditioned(gradient)
        assert torch.equal(search.origin, origin.detach())
        cosine = torch.cosine_similarity(moved.double(), direction, dim=0)
        assert cosine.item() == pytest.approx(1, abs=1e-6)


def test_the_preconditioner_is_linear_and_at_first_the_identity():
    point = start()
    evaluate, _ = counted(point, rosenbrock, 100)
    search = Lbfgs(point, evaluate, history=5, most=100)
    one, other = torch.randn(2, 6, generator=torch.Generator().manual_seed(0))
    search.step()
    assert torch.equal(search.preconditioned(one), one.double())
    for _ in range(4):
        search.step()
    together = search.preconditioned(2 * one - other)
    torch.testing.assert_close(
        together, 2 * search.preconditioned(one) - search.preconditioned(other), atol=1e-6, rtol=1e-5
    )


def test_a_step_that_goes_nowhere_says_so():
    point = torch.zeros(6).requires_grad_()
    evaluate, seen = counted(point, lambda point: (point * 0).sum(), 10)
    search = Lbfgs(point, evaluate, history=5, most=10)
    assert not search.step()
    assert not search.step()
    assert len(seen) == 2  # asked anew
