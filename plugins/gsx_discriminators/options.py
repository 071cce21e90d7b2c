"""What may be set on each discriminator, and what that makes of its traits and logit grids; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.api import ContractError, DiscriminatorTrait, Options


class PatchganOptions(Options):
    """Options of ``patchgan``."""

    base_channels: Annotated[
        int, Field(ge=1, le=512, description="channels of the first layer; doubled by each next one, up to 8 times")
    ] = 64
    layers: Annotated[
        int, Field(ge=1, le=6, description="layers that halve the picture; 3 judges patches of 70x70 pixels")
    ] = 3
    norm: Annotated[Literal["none", "batch", "instance"], Field(description="normalisation of the inner layers")] = (
        "instance"
    )
    spectral_norm: Annotated[bool, Field(description="divide each weight by its largest singular value")] = False


class MultiscaleOptions(PatchganOptions):
    """Options of ``multiscale-patchgan``: those of each scale's PatchGAN, and how many."""

    scales: Annotated[int, Field(ge=2, le=5, description="how many sizes of the picture are judged")] = 3


class StylePatchganOptions(MultiscaleOptions):
    """Options of ``style-patchgan``: the same, of a training that wants it stable."""

    base_channels: Annotated[
        int, Field(ge=1, le=512, description="channels of the first layer; doubled by each next one, up to 8 times")
    ] = 32
    norm: Annotated[Literal["none", "batch", "instance"], Field(description="normalisation of the inner layers")] = (
        "none"
    )
    spectral_norm: Annotated[bool, Field(description="divide each weight by its largest singular value")] = True
    scales: Annotated[int, Field(ge=1, le=5, description="how many sizes of the picture are judged")] = 2


def style_traits(options: StylePatchganOptions) -> frozenset[DiscriminatorTrait]:
    """Which norms it has, whether it judges several scales, and that it looks at a style picture."""
    scales: set[DiscriminatorTrait] = {"multi_scale"} if options.scales > 1 else set()
    return patchgan_traits(options) | scales | {"conditional"}


def patchgan_traits(options: PatchganOptions) -> frozenset[DiscriminatorTrait]:
    """Which norms it has."""
    traits: set[DiscriminatorTrait] = set()
    if options.norm == "batch":
        traits.add("batch_norm")
    if options.norm == "instance":
        traits.add("instance_norm")
    if options.spectral_norm:
        traits.add("spectral_norm")
    return frozenset(traits)


def multiscale_traits(options: MultiscaleOptions) -> frozenset[DiscriminatorTrait]:
    """Which norms it has, and that it judges several scales."""
    return patchgan_traits(options) | {"multi_scale"}


def patchgan_grids(options: PatchganOptions, size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """``(h, w)`` of the one logit map: ``layers`` floor-halvings, then two convolutions that each take one off.

    Raises:
        ContractError: if the picture, ``(height, width)``, is too small for one logit.
    """
    height, width = (side // 2**options.layers - 2 for side in size)
    if min(height, width) < 1:
        raise ContractError(
            f"discriminator 'patchgan' with {options.layers} layers needs pictures of at least "
            f"{3 * 2**options.layers} px on the shorter side; got {size[1]}x{size[0]}.",
            hint="Try fewer discriminator.layers or a larger run.size.",
        )
    return ((height, width),)


def multiscale_grids(options: MultiscaleOptions, size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """``(h, w)`` of each logit map, finest first; between scales the sides are halved, rounding up.

    Raises:
        ContractError: if the picture, ``(height, width)``, is too small at the coarsest scale.
    """
    needed = (3 * 2**options.layers - 1) * 2 ** (options.scales - 1) + 1
    if min(size) < needed:
        raise ContractError(
            f"a discriminator with {options.layers} layers and {options.scales} scales needs "
            f"pictures of at least {needed} px on the shorter side; got {size[1]}x{size[0]}.",
            hint="Try fewer discriminator.scales, fewer discriminator.layers or a larger run.size.",
        )
    grids: list[tuple[int, int]] = []
    for _ in range(options.scales):
        grids.extend(patchgan_grids(options, size))
        size = ((size[0] + 1) // 2, (size[1] + 1) // 2)
    return tuple(grids)
