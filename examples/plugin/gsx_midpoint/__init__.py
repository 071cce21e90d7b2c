"""What this distribution offers. Torch-free: `gsx plugins list` imports this module, and must stay quick."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gsx.api import FusionSpec, Options, hookimpl


class MidpointOptions(Options):
    """Options of ``midpoint``."""

    amount: Annotated[float, Field(ge=0, le=1, description="0 = the content's means, 1 = the style's")] = 0.5


@hookimpl
def gsx_fusions() -> Iterator[FusionSpec]:
    yield FusionSpec(
        name="midpoint",
        summary="the content map, its channel means moved towards the style's",
        target="gsx_midpoint.midpoint:Midpoint",
        options=MidpointOptions,
        strength=lambda strength: {"amount": strength},
    )
