"""What may be set on each score, and which feature layers that makes it read; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.api import FeatureLayout, Options

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, le=1, description="edge of the box, as a fraction of the picture's side")]
Index = Annotated[int, Field(ge=0)]


class StyleAlignmentOptions(Options):
    """Options of ``style-alignment``."""

    layers: Annotated[LayerNames | None, Field(description="layers to average over; default: all")] = None


class StyleOptions(StyleAlignmentOptions):
    """Options of ``style``."""

    statistic: Annotated[
        Literal["mean-std", "gram"], Field(description="channel means and deviations, or Gram matrices")
    ] = "mean-std"


class ContentOptions(Options):
    """Options of ``content``."""

    layers: Annotated[
        LayerNames | None, Field(description="layers to average over; default: the deepest of stride 8 or less")
    ] = None


class RealismOptions(Options):
    """Options of ``realism``."""

    patch: Annotated[
        tuple[Index, Index] | None,
        Field(description="(row, column) of one patch of the finest scale; default: mean of patches, then of scales"),
    ] = None


class RegionOptions(Options):
    """Options of ``region``: a statistic, a colour and a box."""

    statistic: Annotated[
        Literal["mean-color", "contrast", "gradient-energy"],
        Field(description="mean, deviation, or mean squared difference of neighbours"),
    ] = "mean-color"
    channel: Annotated[
        Literal["all", "red", "green", "blue"], Field(description="the colour to look at; all averages the three")
    ] = "all"
    left: Fraction = 0.25
    top: Fraction = 0.25
    right: Fraction = 0.75
    bottom: Fraction = 0.75

    @model_validator(mode="after")
    def _has_an_inside(self) -> RegionOptions:
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("the box is empty: left must be less than right, and top less than bottom")
        return self


def all_layers(options: StyleAlignmentOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of a style score.

    Raises:
        ContractError: if the extractor lacks one.
    """
    return tuple(layout if options.layers is None else layout.select(options.layers, who="a style score"))


def content_layers(options: ContentOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of the content score.

    Raises:
        ContractError: if the extractor lacks one.
    """
    if options.layers is None:
        return (layout.structural().name,)
    return tuple(layout.select(options.layers, who="the content score"))
