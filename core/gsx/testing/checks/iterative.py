"""Rules for generators that optimise."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gsx.pipeline.context import PassContext
from gsx.specs.interfaces import Cancelled
from gsx.testing.checks.stylising import stylise
from gsx.testing.compare import require, require_finite
from gsx.testing.subject import Subject


def reports_steps(subject: Subject) -> None:
    """It reports each step, in order, out of a fixed total, with finite numbers."""
    steps: list[tuple[int, int, dict[str, float]]] = []

    def listen(index: int, total: int, values: Mapping[str, float]) -> None:
        steps.append((index, total, dict(values)))

    stylise(subject, subject.component(), listener=listen)
    require(len(steps) >= 2, f"it reported {len(steps)} steps")
    indices, totals = [index for index, _, _ in steps], {total for _, total, _ in steps}
    require(indices == sorted(indices), f"steps come out of order: {indices[:5]} ...")
    require(len(totals) == 1, f"the total changes on the way: {sorted(totals)}")
    require(max(indices) <= max(totals), f"step {max(indices)} of {max(totals)}")
    for index, _, values in steps:
        require_finite(torch.tensor(list(values.values())), f"the numbers of step {index}")


def offers_best_so_far(subject: Subject) -> None:
    """From the first step on, a picture in [0, 1] is on offer for an interrupted run to keep."""
    seen: list[PassContext] = []
    offered: list[Tensor] = []

    def listen(index: int, total: int, values: Mapping[str, float]) -> None:
        if len(offered) < 2 and seen[0].best is not None:
            offered.append(seen[0].best)

    made = stylise(subject, subject.component(), listener=listen, context_ready=seen.append).stylized
    require(bool(offered), "no picture was on offer while it worked")
    for image in offered:
        require(image.shape == made.shape, f"the picture on offer has shape {tuple(image.shape)}")
        require(bool(((image >= 0) & (image <= 1)).all()), "the picture on offer leaves [0, 1]")


def cancelling_passes(subject: Subject) -> None:
    """``Cancelled``, raised by a step report, comes out at once."""
    reports = []

    def stop(index: int, total: int, values: Mapping[str, float]) -> None:
        reports.append(index)
        raise Cancelled

    try:
        stylise(subject, subject.component(), listener=stop)
    except Cancelled:
        require(len(reports) == 1, f"it went on for {len(reports) - 1} more reports after it was told to stop")
        return
    raise AssertionError("it finished although the user asked to stop" if reports else "it reports no step to stop at")


CHECKS = (reports_steps, offers_best_so_far, cancelling_passes)
