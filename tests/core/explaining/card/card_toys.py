"""A game whose true contributions are known, and what a card says of claims about it."""

import torch

from gsx.explaining.card.case import Case
from gsx.explaining.card.make import make_card
from gsx.specs.explanation import Explanation, HeatMap, UnitValue
from gsx.specs.interfaces import PICTURE, Address, Evaluation, Space
from gsx.specs.kinds import ExplainerSpec

SPEC = ExplainerSpec(name="toy", summary="toy", target="toy:Toy", score="toy", unit="toy", method="gradient")


class Game:
    """A probe: score(c) = start + Σ φ·c for each sample, or any other function of the coefficients."""

    lies_on, seed, chunk = "stylized", 0, 7
    addresses = (Address("input", PICTURE, "stylized"),)  # as if a network had to read the picture again

    def __init__(self, contributions, start=0.0, score=None, remakes=False):
        self.contributions = contributions
        self.score = score or (lambda c: start + (c * contributions).flatten(2).sum(2))
        self.remakes, self.evaluations = remakes, 0
        shape = tuple(contributions.shape[1:])
        names = tuple(f"u{index}" for index in range(shape[0])) if len(shape) == 1 else ()
        self.space = Space(shape, names)
        self.base = self.score(torch.ones(1, *contributions.shape))[0]

    def values(self, coefficients):
        shape = self.contributions.shape
        self.evaluations += len(coefficients)
        assert len(coefficients) <= max(self.chunk, 1)  # the card may not build more than a probe holds
        if coefficients.ndim == len(shape):
            coefficients = coefficients[:, None].expand(-1, *shape)
        return Evaluation(self.score(coefficients), None)


def claim(values, **facts):
    """An explanation with these values, a map where they have positions."""
    if values.ndim == 3:
        return Explanation(maps={"toy": HeatMap(values, "stylized", "toy")}, **facts)
    rows = tuple(tuple(UnitValue(f"u{i}", value) for i, value in enumerate(row)) for row in values.tolist())
    return Explanation(values=rows, **facts)


def card(game, explanation, level="full", again=None, spec=SPEC, **facts):
    """Check by name."""
    checks = make_card(Case(explanation, game, again, spec, level, **facts))
    return {check.name: check for check in checks}


def contributions(*shape, seed=0):
    """Of both signs."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
