"""Options of the built-in units."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.api import PICTURE, Options, Role

Pass = Annotated[
    Role | Annotated[int, Field(ge=0)],
    Field(description="whose pass: content, style or stylized; or the how-manieth call of the extractor, from 0"),
]


class MapOptions(Options):
    """Options of units within one layer's map."""

    layer: Annotated[
        str | None, Field(description="which layer; not given: the deepest of stride 8 or less (VGG: relu4_1)")
    ] = None
    role: Pass = "stylized"
    inside: Annotated[
        bool,
        Field(description="also reach deeper layers, where they are made from this map (in the slim VGG none is)"),
    ] = False


class PictureOptions(Options):
    """Options of the unit of pixels."""

    role: Annotated[Role, Field(description="whose pixels: content, style or stylized")] = "stylized"


class LayersOptions(Options):
    """Options of the unit of whole layers."""

    layers: Annotated[tuple[str, ...] | None, Field(description="which layers; not given: all that are read")] = None
    role: Annotated[Role, Field(description="whose pass: content, style or stylized")] = "style"


class StatisticsOptions(Options):
    """Options of the unit of channel statistics."""

    layer: Annotated[
        str | None, Field(description="which layer; not given: the deepest of stride 8 or less (VGG: relu4_1)")
    ] = None
    role: Pass = "style"
    statistic: Annotated[
        Literal["both", "mean", "std"], Field(description="means, deviations, or both, each by itself")
    ] = "both"


class FusedOptions(Options):
    """Options of units within one fused map."""

    level: Annotated[
        str | None, Field(description="which fused level; not given: the deepest that the generator is given")
    ] = None


class ModuleOptions(Options):
    """Options of the unit of a generator's channels."""

    module: Annotated[
        str,
        Field(
            min_length=1,
            description="path of a module within the generator, such as blocks.2; picture is what it gives in the end",
        ),
    ] = PICTURE
