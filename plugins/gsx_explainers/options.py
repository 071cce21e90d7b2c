"""Options of the built-in explainers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.api import Options


class GradcamOptions(Options):
    """Options of ``gradcam``."""

    sign: Annotated[
        Literal["both", "positive"],
        Field(description="both: evidence for and against; positive: the original's ReLU"),
    ] = "both"


class GradcamPlusPlusOptions(Options):
    """Options of ``gradcam++``."""

    sign: Annotated[
        Literal["both", "positive"],
        Field(description="both: evidence for and against; positive: the original, with its two ReLUs"),
    ] = "both"
    temperature: Annotated[
        float | None,
        Field(gt=0, description="units of the score that exp() is taken in; 1: the original; not given: its own size"),
    ] = None


class LayercamOptions(Options):
    """Options of ``layercam``."""

    sign: Annotated[
        Literal["both", "positive"],
        Field(
            description="both: evidence for and against; positive: the original, without negative gradients and sums"
        ),
    ] = "both"


class IntegratedGradientsOptions(Options):
    """Options of ``integrated-gradients``."""

    tolerance: Annotated[
        float, Field(ge=0, le=1, description="largest gap that is left, as a share of the score's difference")
    ] = 0.01
    max_steps: Annotated[
        int, Field(ge=1, le=1024, description="most points on the way; from 8 on they double until the gap is small")
    ] = 128


class SmoothgradOptions(Options):
    """Options of ``smoothgrad``."""

    noise: Annotated[
        float, Field(gt=0, le=1, description="deviation of the noise, as a share of the activation's range")
    ] = 0.15
    samples: Annotated[int, Field(ge=1, le=1000, description="noisy copies")] = 25


class OcclusionOptions(Options):
    """Options of ``occlusion``, in positions of the unit: pixels for a picture, cells for a layer's map."""

    window: Annotated[
        int | None, Field(ge=1, description="side of the window; not given: an eighth of the longer side")
    ] = None
    stride: Annotated[int | None, Field(ge=1, description="from one window to the next; not given: half a window")] = (
        None
    )

    @model_validator(mode="after")
    def _covers(self) -> OcclusionOptions:
        if self.window is not None and self.stride is not None and self.stride > self.window:
            raise ValueError("a stride beyond the window leaves positions that no window covers")
        return self


class RiseOptions(Options):
    """Options of ``rise``."""

    masks: Annotated[int, Field(ge=10, le=100_000, description="random masks, each one evaluation")] = 1000
    grid: Annotated[int, Field(ge=1, le=64, description="cells along each side of a mask")] = 7
    probability: Annotated[float, Field(gt=0, lt=1, description="that a cell is kept")] = 0.5


class ScorecamOptions(Options):
    """Options of ``scorecam``."""

    most: Annotated[
        int, Field(ge=1, le=4096, description="channels at the most, each one evaluation; those of largest range")
    ] = 512


class AblationOptions(Options):
    """Options of ``ablation``: none yet; what replaces a unit is the entry's ``baseline``."""


class ShapleyOptions(Options):
    """Options of ``shapley``."""

    most: Annotated[int, Field(ge=1, le=16, description="parts that are taken at the most: n cost 2ⁿ evaluations")] = 12


class DissectionOptions(Options):
    """Options of ``dissection``."""

    count: Annotated[int, Field(ge=1, le=512, description="channels that are switched off; at most half of them")] = 10
    draws: Annotated[int, Field(ge=2, le=1000, description="random choices of as many others, for comparison")] = 10
    quantile: Annotated[
        float | None,
        Field(gt=0, lt=1, description="share of the picture that a channel's region covers; not given: the mask's"),
    ] = None


class CounterfactualOptions(Options):
    """Options of ``counterfactual``."""

    reach: Annotated[
        float, Field(ge=0, le=1, description="target, as a share of the way from the baseline's score to the score")
    ] = 0.5
    value: Annotated[float | None, Field(allow_inf_nan=False, description="target as a score, in place of reach")] = (
        None
    )
    grid: Annotated[int, Field(ge=2, le=1001, description="evenly spaced points at which the score is read")] = 11
    precision: Annotated[float, Field(ge=1e-6, le=1, description="how exactly the point is found")] = 0.01


class AttentionOptions(Options):
    """Options of ``attention``: none; what is attended to is the fusion's."""
