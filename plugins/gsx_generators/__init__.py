"""Generators: fused maps -> image."""

from __future__ import annotations

from collections.abc import Iterable

from gsx.api import GeneratorSpec, Trait, hookimpl
from gsx_generators.contracts import (
    deepest_stride,
    pixels_levels,
    pixels_reads,
    resnet_levels,
    unet_levels,
)
from gsx_generators.options import PixelsOptions, ResnetOptions, UnetOptions

_LOCAL: frozenset[Trait] = frozenset({"differentiable", "tileable"})


@hookimpl
def gsx_generators() -> Iterable[GeneratorSpec]:
    """Offer one generator that optimises the image itself, and two that are trained."""
    yield GeneratorSpec(
        name="pixels",
        summary="optimises the image itself towards the fused maps; no training, any extractor",
        target="gsx_generators.pixels:Pixels",
        options=PixelsOptions,
        levels=pixels_levels,
        reads=pixels_reads,
        traits=frozenset({"iterative", "global_norm", "terms"}),
        passes=lambda options: options.iterations,
        trained=False,
        sees_style=lambda options: options.style_weight > 0,
    )
    yield GeneratorSpec(
        name="resnet",
        summary="residual blocks on the deepest fused level, shallower ones on the way up",
        target="gsx_generators.resnet:Resnet",
        options=ResnetOptions,
        levels=resnet_levels,
        multiple=deepest_stride(resnet_levels),
        traits=_LOCAL,
        checkpoints=("gsx_generators:weights/resnet.safetensors",),
    )
    yield GeneratorSpec(
        name="unet",
        summary="the decoder of a U-Net, with the fused pyramid as its skips",
        target="gsx_generators.unet:Unet",
        options=UnetOptions,
        levels=unet_levels,
        multiple=deepest_stride(unet_levels),
        traits=_LOCAL,
        checkpoints=("gsx_generators:weights/unet.safetensors",),
    )
