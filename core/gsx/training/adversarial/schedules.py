"""How a term's weight changes over a training."""

from __future__ import annotations


def factor(schedule: str | None, progress: float) -> float:
    """What the weight is multiplied by.

    ``ramp:0.2-0.5`` rises from 0 to 1 while the training goes from 20 % to 50 %; ``decay:0.5-1`` falls from 1 to 0.
    The form was checked with the recipe.

    Args:
        schedule: None keeps the weight.
        progress: share of the steps that are done, in [0, 1].
    """
    if schedule is None:
        return 1.0
    kind, _, span = schedule.partition(":")
    start, end = (float(number) for number in span.split("-"))
    risen = min(1.0, max(0.0, (progress - start) / (end - start))) if end > start else float(progress >= start)
    return risen if kind == "ramp" else 1.0 - risen
