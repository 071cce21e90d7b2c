"""What may be set on each metric, and which feature layers that makes it read; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.api import FeatureLayout, Options

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]


class ContentDistanceOptions(Options):
    """Options of ``content-distance``."""

    layers: Annotated[
        LayerNames | None, Field(description="layers to report; default: the deepest of stride 8 or less")
    ] = None


class StyleDistanceOptions(Options):
    """Options of ``style-distance``."""

    layers: Annotated[LayerNames | None, Field(description="layers to report; default: all")] = None
    statistic: Annotated[
        Literal["mean-std", "gram"], Field(description="channel means and deviations, or Gram matrices")
    ] = "mean-std"


class EntropyOptions(Options):
    """Options of ``entropy``."""

    layers: Annotated[LayerNames | None, Field(description="layers to report; default: all")] = None
    of: Annotated[
        Literal["both", "content", "style"], Field(description="whose maps: the content's, the style's, or their mean")
    ] = "both"


class LpipsOptions(Options):
    """Options of ``lpips``."""

    net: Annotated[Literal["alex", "vgg", "squeeze"], Field(description="the backbone")] = "alex"


def content_layers(options: ContentDistanceOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of content-distance.

    Raises:
        ContractError: if the extractor lacks one.
    """
    if options.layers is None:
        return (layout.structural().name,)
    return tuple(layout.select(options.layers, who="metric 'content-distance'"))


def style_layers(options: StyleDistanceOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of style-distance.

    Raises:
        ContractError: if the extractor lacks one.
    """
    return tuple(layout if options.layers is None else layout.select(options.layers, who="metric 'style-distance'"))


def entropy_layers(options: EntropyOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of entropy.

    Raises:
        ContractError: if the extractor lacks one.
    """
    return tuple(layout if options.layers is None else layout.select(options.layers, who="metric 'entropy'"))
