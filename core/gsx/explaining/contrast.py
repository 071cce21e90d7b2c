"""The same explanation for another style: does the map change when the target does?"""

from __future__ import annotations

from torch import Tensor

from gsx.contracts.plan import ExplainerPart
from gsx.explaining.explain import explain_outputs
from gsx.explaining.given import asked_about
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.explanation import Explanation


def explain_contrast(pipeline: Pipeline, outputs: PassOutputs, part: ExplainerPart, other_style: Tensor) -> Explanation:
    """Explain the same stylised picture, with the score asked about a style that it was not made with.

    Shape:
        other_style ``(N or 1, 3, H, W)`` in [0, 1].
    """
    return explain_outputs(pipeline, asked_about(pipeline, outputs, other_style), part, card="off")
