"""Options of the built-in explainers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.api import Options


class GradcamOptions(Options):
    """Options of ``gradcam``."""

    sign: Annotated[
        Literal["both", "positive"],
        Field(description="both: evidence for and against; positive: the original's ReLU"),
    ] = "both"


class LayercamOptions(Options):
    """Options of ``layercam``."""

    sign: Annotated[
        Literal["both", "positive"],
        Field(
            description="both: evidence for and against; positive: the original, without negative gradients and sums"
        ),
    ] = "both"


class AblationOptions(Options):
    """Options of ``ablation``: none yet; what replaces a unit is the entry's ``baseline``."""
