"""What may be set on each score, and which feature layers that makes it read; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.api import FeatureLayout, Options, Role

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, le=1, description="edge of the box, as a fraction of the picture's side")]
Index = Annotated[int, Field(ge=0)]
Relative = Annotated[bool, Field(description="divide each layer's by the size of the target's, so that they compare")]


class StyleAlignmentOptions(Options):
    """Options of ``style-alignment``."""

    layers: Annotated[LayerNames | None, Field(description="layers to average over; default: all")] = None


class StyleOptions(StyleAlignmentOptions):
    """Options of ``style``."""

    statistic: Annotated[
        Literal["mean-std", "gram", "mean", "std"],
        Field(description="channel means and deviations, Gram matrices, or means or deviations alone"),
    ] = "mean-std"
    relative: Relative = False


class StatisticsGapOptions(StyleAlignmentOptions):
    """Options of ``statistics-gap``: of what, between which two pictures."""

    statistic: Annotated[
        Literal["both", "mean", "std"], Field(description="channel means, deviations, or both side by side")
    ] = "both"
    of: Annotated[Role, Field(description="the one picture: content, style or stylized")] = "stylized"
    to: Annotated[Role, Field(description="the other; relative is measured by its map")] = "style"
    relative: Relative = False

    @model_validator(mode="after")
    def _two_pictures(self) -> StatisticsGapOptions:
        if self.of == self.to:
            raise ValueError(f"of and to are both {self.of}: a picture has no gap to itself")
        return self


class ContentOptions(Options):
    """Options of ``content``."""

    layers: Annotated[
        LayerNames | None, Field(description="layers to average over; default: the deepest of stride 8 or less")
    ] = None
    relative: Relative = False


class RealismOptions(Options):
    """Options of ``realism``."""

    patch: Annotated[
        tuple[Index, Index] | None,
        Field(description="(row, column) of one patch; default: the mean of patches"),
    ] = None
    scale: Annotated[
        Index | None,
        Field(description="which scale, 0 = the finest; default: the mean of scales, or the finest for a patch"),
    ] = None


class LpipsOptions(Options):
    """Options of ``lpips``."""

    net: Annotated[Literal["alex", "vgg", "squeeze"], Field(description="the backbone")] = "alex"


class RegionOptions(Options):
    """Options of ``region``: a statistic, a colour and a region."""

    statistic: Annotated[
        Literal["mean-color", "contrast", "gradient-energy"],
        Field(description="mean, deviation, or mean squared difference of neighbours"),
    ] = "mean-color"
    channel: Annotated[
        Literal["all", "red", "green", "blue"], Field(description="the colour to look at; all averages the three")
    ] = "all"
    where: Annotated[Literal["box", "mask"], Field(description="in the box, or in the mask that came with the run")] = (
        "box"
    )
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
