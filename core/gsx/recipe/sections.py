"""The sections of a recipe that belong to GSX itself rather than to a component."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from gsx.specs.options import Options

Schedule = Annotated[
    Annotated[str, Field(pattern=r"^(ramp|decay):(0|0\.\d+|1)-(0|0\.\d+|1)$")] | None,
    Field(description="ramp:0.2-0.5 rises from 0 between these shares of the steps; decay:0.5-1 falls to 0"),
]
"""How a weight changes while training; checked here, followed by gsx.training."""


SMALLEST_TILE = 768
"""Pixels; the bundled components look some 80 px far, and each tile is computed with what lies around it."""


class InputSection(Options):
    """The pictures: files or folders; None takes a sample that ships, and no mask."""

    content: Annotated[str | None, Field(description="picture or folder whose content is kept")] = None
    style: Annotated[str | None, Field(description="picture or folder whose style is taken")] = None
    mask: Annotated[
        str | None,
        Field(
            description="grey picture of the content's size; white marks the region that scores and explainers ask for"
        ),
    ] = None

    @field_validator("content", "style", "mask")
    @classmethod
    def _not_empty(cls, name: str | None) -> str | None:
        if name == "":  # pathlib takes it for the current folder; a least length would refuse names that are no UTF-8
            raise ValueError("an empty name is no picture and no folder")
        return name


class WeightSection(Options):
    """How much a term of the total counts, and when."""

    weight: Annotated[float, Field(allow_inf_nan=False, description="factor in the total")] = 1.0
    schedule: Schedule = None


class AdversarialWeightSection(Options):
    """The same for the adversarial loss, which can weigh itself against the other terms."""

    weight: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | Literal["adaptive"],
        Field(description="factor in the total; adaptive keeps its pull in proportion to that of the other terms"),
    ] = "adaptive"
    schedule: Schedule = None


class RunSection(Options):
    """How to run."""

    size: Annotated[int, Field(ge=16, le=8192, description="longer side in pixels, content and style alike")] = 256
    strength: Annotated[
        float | None, Field(ge=0, le=1, description="0 = content untouched, 1 = full style; sets the fusion's options")
    ] = None
    device: Annotated[
        str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, cuda, cuda:1, mps")
    ] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**63, description="seeds everything random")] = 0
    precision: Annotated[Literal["float32"], Field(description="number format of the networks")] = "float32"
    tile: Annotated[
        int,
        Field(ge=0, description="side in pixels of the tiles that a picture with a longer side is made by; 0 never"),
    ] = 2048
    budget: Annotated[
        int, Field(ge=16, description="MiB that the perturbed passes of an explanation may take at a time")
    ] = 512
    fusion_effect: Annotated[
        bool, Field(description="make the picture again with the 'content' fusion, to state what the fusion moved")
    ] = True

    @model_validator(mode="after")
    def _tiles_with_surroundings(self) -> RunSection:
        if 0 < self.tile < SMALLEST_TILE:
            raise ValueError(f"tile is {self.tile}, and below {SMALLEST_TILE} px hardly more than its surroundings")
        return self
