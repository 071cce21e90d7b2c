"""Case: what a check may look at, and what it may spend."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from gsx.contracts.explaining import MAX_GENERATOR_PASSES
from gsx.explaining.card.again import Again
from gsx.explaining.card.attribution import Attribution, attribution, on_unit
from gsx.specs.explanation import CardLevel, Explanation, Verdict
from gsx.specs.interfaces import Probe, Skip
from gsx.specs.kinds import ExplainerSpec

QUICK_EVALUATIONS = 24
"""Evaluations that one check of the quick card may make where a network reads the picture again; more where the
explanation itself took more."""

QUICK_SCORED = 160
"""The same where maps are edited as they leave the extractor: then no network runs, only the score."""

QUICK_REMADE = 16
"""The same where each makes the picture again; never more."""

FEW_UNITS = 5
"""Of so many units every set can be tried: 32 evaluations say everything about every order."""

NEGLIGIBLE = 1e-5
"""Differences of a score below this share of its size are rounding."""

STREAM = 0x63617264
"""Added to the seed: the card's masks and maps must not be those that an explainer drew from the same seed."""

FULL = "It needs --card full."


@dataclass(frozen=True)
class Judged:
    """What a check found: its figure, the verdict on it, and what that rests on. A check that does not apply raises
    :class:`gsx.api.Skip` with the reason instead."""

    value: float
    verdict: Verdict
    why: str
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One explanation on trial.

    Args:
        spec: the explainer's own.
        evaluations: rows and gradients that the explanation took.
        passes: network passes that an evaluation takes: above 1 where it optimises a picture.
    """

    explanation: Explanation
    probe: Probe
    again: Again
    spec: ExplainerSpec
    level: CardLevel
    evaluations: int = 0
    passes: int = 1

    @cached_property
    def found(self) -> Attribution:
        """The map or the values on trial. Raises Skip where there are none."""
        return attribution(self.explanation, self.probe)

    @cached_property
    def on_unit(self) -> Tensor:
        """The same, one value per coefficient of the unit, ``(N, *space.shape)``. Raises Skip where they differ."""
        return on_unit(self.found, self.probe)

    @property
    def seed(self) -> int:
        """Of what the checks draw."""
        return (self.probe.seed + STREAM) % 2**63

    @cached_property
    def absent(self) -> Tensor:
        """The score with the whole unit at its baseline, ``(N,)``."""
        self.need(1)
        return self.probe.values(torch.zeros(1, *self.probe.space.shape)).scores[0]

    @cached_property
    def gain(self) -> Tensor:
        """score(as is) − score(baseline), ``(N,)``; NaN where that is rounding."""
        base = self.probe.base
        gain = base - self.absent
        least = NEGLIGIBLE * torch.maximum(base.abs(), self.absent.abs())
        return torch.where(gain.abs() > least, gain, torch.nan)

    def too_many(self, evaluations: int) -> str | None:
        """Why a check may not make so many evaluations here; None where it may."""
        if self.level == "full":
            if self.passes > 1 and evaluations * self.passes > MAX_GENERATOR_PASSES:
                return (
                    f"It would run the generator's optimisation {evaluations:,} times, {self.passes} passes each; the "
                    f"limit is {MAX_GENERATOR_PASSES:,} passes."
                )
            return None
        own = max(QUICK_SCORED if self._only_scored else QUICK_EVALUATIONS, self.evaluations // 2)
        most = QUICK_REMADE // self.passes if self.probe.remakes else own
        return f"{FULL} Its evaluations here: {evaluations:,}." if evaluations > most else None

    @property
    def _only_scored(self) -> bool:
        """Whether an evaluation edits maps that are there, and runs no network."""
        return not self.probe.remakes and all(
            address.component == "extractor" and address.path in self.probe.layout and not address.inside
            for address in self.probe.addresses
        )

    @cached_property
    def coalitions(self) -> Tensor | None:
        """The score of every set of units kept, by the number whose bits are they; None where there are too many.

        Shape:
            ``(2^n, N)``.
        """
        units = self.probe.space.size
        if len(self.probe.space.shape) != 1 or units > FEW_UNITS:
            return None
        allowed = self.level == "quick" and self.passes == 1  # no more than two checks may take without them
        if not allowed and self.too_many(2**units):
            return None
        numbers = torch.arange(2**units)
        kept = (numbers[:, None] >> torch.arange(units)) & 1
        scores = [self.probe.values(part.float()).scores for part in torch.split(kept, self.probe.chunk)]
        return torch.cat(scores)

    def need(self, evaluations: int) -> None:
        """Skip the check where it would take too much."""
        refusal = self.too_many(evaluations)
        if refusal:
            raise Skip(refusal)

    def need_again(self, times: int) -> None:
        """The same for explaining again ``times`` times, which the quick card leaves out."""
        if self.spec.method == "terms":
            raise Skip(
                "Terms are those of this picture's own making: asked otherwise, they would make another picture."
            )
        if self.level != "full":
            raise Skip(f"{FULL} It explains {times} more time{'s' if times > 1 else ''}.")
        self.need(times * (self.evaluations + 1))


def per_sample(values: Tensor) -> list[float | None]:
    """JSON-ready figures of each sample; None for one to which a check does not apply."""
    return [value if math.isfinite(value) else None for value in values.tolist()]
