"""Every rule for generators can fail: a mutant of a toy for each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor

from gsx.api import Cancelled, ContractError, FeatureLayout, Skip, Spec
from gsx.testing import Check, checks_for
from gsx.testing.checks import generator, iterative
from gsx.testing.toy import gsx_generators
from gsx.testing.toy.generator import ToyGenerator

(GENERATOR,) = gsx_generators()


def mutant(spec: Any, target: type | None = None, **changes: Any) -> Any:
    return replace(spec, **({"target": f"{__name__}:{target.__name__}"} if target else {}), **changes)


class Shrinks(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return super().__call__(fused, content, context)[..., :-1]


class Unclamped(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return fused[self.level][:, :3]


class BatchNormed(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return (super().__call__(fused, content, context) - fused[self.level].mean() + 0.5).clamp(0, 1)


class Detached(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return super().__call__(fused, content, context).detach()


class CopiesContent(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return (content + context.style_maps[self.level].mean((2, 3))[:, :3, None, None]).clamp(0, 1)


class Whole(ToyGenerator):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        return (super().__call__(fused, content, context) * content.mean((1, 2, 3), keepdim=True)).clamp(0, 1)


class Iterates(ToyGenerator):
    """A sound generator that optimises: three steps towards the fused map."""

    numbers = (1.0, 0.5, 0.25)

    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        goal = super().__call__(fused, content, context).detach()
        image = content.detach().clone()
        for index, value in enumerate(self.numbers):
            image = image + (goal - image) / 2
            context.offer(image)
            context.step(index + 1, len(self.numbers), {"loss": value})
        return image

    def displacements(self, fused: Any, content: Tensor, context: Any) -> dict[str, Tensor]:
        return {"goal": self(fused, content, context) - content}


class MovesHalf(ToyGenerator):
    def displacements(self, fused: Any, content: Tensor, context: Any) -> dict[str, Tensor]:
        return {name: moved / 2 for name, moved in super().displacements(fused, content, context).items()}


class NotANumber(Iterates):
    numbers = (1.0, float("nan"))


class OffersNothing(Iterates):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        context.offer = lambda image: None
        return super().__call__(fused, content, context)


class Unstoppable(Iterates):
    def __call__(self, fused: Any, content: Tensor, context: Any) -> Tensor:
        try:
            return super().__call__(fused, content, context)
        except Cancelled:
            return content.detach()


def _no_hint(options: Any, layout: FeatureLayout) -> tuple[str, ...]:
    if len(layout) < 5:
        raise ContractError("no")
    return ("pool1",)


OPTIMISES = mutant(GENERATOR, Iterates, traits=frozenset({"iterative", "global_norm"}), passes=lambda options: 3)
CASES = [
    (mutant(GENERATOR, levels=_no_hint), "declared_levels", "without a hint what to try"),
    (mutant(GENERATOR, reads=lambda options, layout: ("relu9",)), "declared_levels", "that are not there: relu9"),
    (mutant(GENERATOR, Shrinks), "keeps_size", "expected the padded size .64, 48.*, got .64, 47."),
    (mutant(GENERATOR, Unclamped), "stays_in_range", r"expected \[0, 1\]"),
    (mutant(GENERATOR, BatchNormed), "batch_independent", "picture 0 in a batch and alone"),
    (mutant(GENERATOR, Detached), "declared_gradient", "cut off from the pictures"),
    (mutant(GENERATOR, traits=frozenset()), "declared_gradient", "does not declare 'differentiable'"),
    (mutant(GENERATOR, CopiesContent), "depends_on_fused_maps", "do not change the picture"),
    (mutant(GENERATOR, Whole), "tileable_is_local", "the left end of two pictures"),
    (mutant(GENERATOR, MovesHalf), "displacements_add_up", "miss the picture by up to"),
    (mutant(OPTIMISES, NotANumber), "reports_steps", "the numbers of step 2 holds 1 of 1"),
    (mutant(OPTIMISES, OffersNothing), "offers_best_so_far", "no picture was on offer"),
    (mutant(OPTIMISES, Unstoppable), "cancelling_passes", "it finished although the user asked to stop"),
]


@pytest.mark.parametrize(
    ("spec", "check", "message"), CASES, ids=[f"{spec.target.split(':')[1]}-{check}" for spec, check, _ in CASES]
)
def test_a_mutant_breaks_it(spec: Spec, check: str, message: str, breaks: Callable[[Spec, str, str], None]):
    breaks(spec, check, message)


def test_every_rule_has_a_mutant():
    checks = (*generator.CHECKS, *iterative.CHECKS)
    assert {function.__name__ for function in checks} == {check for _, check, _ in CASES}


@pytest.mark.parametrize("check", checks_for(OPTIMISES), ids=lambda check: check.name)
def test_a_sound_generator_that_optimises_passes(check: Check):
    if check.name != "torch_free_listing":  # this very file imports torch
        with contextlib.suppress(Skip):
            check()
