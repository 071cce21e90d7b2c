"""What a step of a training is for: reconstructing, stylising, or stylising against the discriminator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gsx.recipe.train_section import TrainSection

Goal = Literal["reconstruct", "stylise"]


@dataclass(frozen=True)
class Phase:
    """One step's task.

    ``name``: A, B or C. ``adversarial``: share of the adversarial weight, in [0, 1]. ``domain``: which pictures a
    reconstruction takes. ``progress``: share of the steps that are done.
    """

    name: Literal["A", "B", "C"]
    goal: Goal
    domain: Literal["content", "style"]
    adversarial: float
    progress: float = 0.0


def phase_at(section: TrainSection, step: int, *, judged: bool) -> Phase:
    """The task of step ``step``, counted from 0: a pure function, so that taking a run up again needs no state.

    Args:
        judged: there is an adversarial loss; without one phase C is B.
    """
    domain: Literal["content", "style"] = "content" if step // max(section.identity_every, 1) % 2 == 0 else "style"
    if step < section.reconstruct * section.steps:
        return Phase("A", "reconstruct", "content" if step % 2 == 0 else "style", 0.0, step / section.steps)
    since = step - section.adversarial_from * section.steps
    share = 0.0
    if judged and since >= 0:
        share = min(1.0, (since + 1) / section.ramp) if section.ramp else 1.0
    again = section.identity_every > 0 and step % section.identity_every == 0
    return Phase("C" if share else "B", "reconstruct" if again else "stylise", domain, share, step / section.steps)
