"""Options of the built-in units."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gsx.api import Options, Role


class MapOptions(Options):
    """Options of units within one layer's map."""

    layer: Annotated[
        str | None, Field(description="which layer; not given: the deepest of stride 8 or less (VGG: relu4_1)")
    ] = None
    role: Annotated[Role, Field(description="whose pass: content, style or stylized")] = "stylized"
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
