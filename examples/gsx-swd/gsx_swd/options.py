"""What may be set on the loss and on the metric, and which feature layers that makes them read; torch-free."""

from typing import Annotated

from pydantic import Field

from gsx.api import FeatureLayout, Options

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=4096, description="how many directions the maps are projected on")]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="of the random directions, which stay the same throughout")]


class SwdOptions(Options):
    """Options of loss ``swd``."""

    layers: Annotated[LayerNames | None, Field(description="layers to compare; default: all")] = None
    directions: Count = 32
    seed: Seed = 0
    relative: Annotated[
        bool, Field(description="divide each layer by the variance of the style's map, so that layers compare")
    ] = False


class SwdDistanceOptions(Options):
    """Options of metric ``swd-distance``.

    Its seed is not the loss's, so that a picture which was optimised for the loss is measured along directions that
    it has not seen.
    """

    layers: Annotated[LayerNames | None, Field(description="layers to report; default: all")] = None
    directions: Count = 64
    seed: Seed = 1


def loss_layers(options: SwdOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of the loss.

    Raises:
        ContractError: if the extractor lacks one.
    """
    return tuple(layout if options.layers is None else layout.select(options.layers, who="loss 'swd'"))


def distance_layers(options: SwdDistanceOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of the metric.

    Raises:
        ContractError: if the extractor lacks one.
    """
    return tuple(layout if options.layers is None else layout.select(options.layers, who="metric 'swd-distance'"))
