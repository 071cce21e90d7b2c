"""What may be set on each generator; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.api import GeneratorOptions, Options

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]


class PixelsOptions(Options):
    """Options of ``pixels``. Weights multiply errors that are relative to the target's own variance."""

    iterations: Annotated[
        int, Field(ge=1, le=5000, description="evaluations per picture, each one pass forward and back")
    ] = 80
    content_weight: Annotated[
        float, Field(ge=0, le=1e4, description="pull of the image's maps towards the fused maps")
    ] = 1.0
    style_weight: Annotated[
        float, Field(ge=0, le=1e4, description="pull towards the style's channel statistics; 0 decodes the fused maps")
    ] = 20.0
    statistic: Annotated[
        Literal["mean-std", "gram"],
        Field(description="of the style: each channel's mean and deviation, or which channels fire together (Gatys)"),
    ] = "mean-std"
    tv_weight: Annotated[
        float, Field(ge=0, le=1e4, description="smoothness: squared steps between neighbouring pixels")
    ] = 10.0
    content_layers: Annotated[
        LayerNames | None, Field(description="fused levels to approach; by default the structural one (VGG: relu4_1)")
    ] = None
    style_layers: Annotated[
        LayerNames | None, Field(description="layers whose style statistics are matched; by default all")
    ] = None
    history: Annotated[
        int, Field(ge=1, le=100, description="past steps that L-BFGS remembers; each keeps two images in memory")
    ] = 10


class ResnetOptions(GeneratorOptions):
    """Options of ``resnet``."""

    channels: Annotated[
        int, Field(ge=4, le=1024, description="channels of the blocks; halved by each upsampling, to a quarter")
    ] = 128
    blocks: Annotated[int, Field(ge=0, le=32, description="residual blocks at the deepest level")] = 4
    inject: Annotated[
        bool, Field(description="take in the fused shallower levels on the way up, for colour and stroke")
    ] = True
    detail: Annotated[
        int,
        Field(ge=1, le=64, description="finest stride that enters as a map; finer levels give their statistics only"),
    ] = 4


class UnetOptions(GeneratorOptions):
    """Options of ``unet``."""

    channels: Annotated[
        int, Field(ge=4, le=512, description="channels at full size; doubled by each halving, up to four times")
    ] = 24
    detail: Annotated[
        int, Field(ge=1, le=64, description="finest stride that has a skip; finer levels give their statistics only")
    ] = 2
    coarsest: Annotated[
        int,
        Field(
            ge=2,
            le=64,
            description="coarsest stride that is taken in: maps deeper than 8 are mostly zeros, and AdaIN raises their "
            "few peaks (a face) until they glare",
        ),
    ] = 8
