"""The same explanation for another style: does the map change when the target does?"""

from __future__ import annotations

from torch import Tensor

from gsx.contracts.plan import ExplainerPart
from gsx.explaining.explain import explain_outputs
from gsx.explaining.given import asked_about
from gsx.explaining.probe import BUDGET
from gsx.explaining.shared import Shared
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.explanation import Explanation


def explain_contrast(
    pipeline: Pipeline,
    outputs: PassOutputs,
    part: ExplainerPart,
    other_style: Tensor,
    *,
    budget: int = BUDGET,
    shared: Shared | None = None,
) -> Explanation:
    """Explain the same stylised picture, with the score asked about a style that it was not made with.

    Args:
        budget: MiB that perturbed passes may take at a time.
        shared: with the explanations that are asked for together with it.

    Shape:
        other_style ``(N or 1, 3, H, W)`` in [0, 1].
    """
    asked = asked_about(pipeline, outputs, other_style, shared.other_style if shared else None)
    rows = shared.rows(part, contrast=True) if shared else None
    return explain_outputs(pipeline, asked, part, budget=budget, card="off", rows=rows)
