"""Discriminators: image -> raw logits."""

from __future__ import annotations

from collections.abc import Iterable

from gsx.api import DiscriminatorSpec, hookimpl
from gsx_discriminators.options import (
    MultiscaleOptions,
    PatchganOptions,
    StylePatchganOptions,
    multiscale_grids,
    multiscale_traits,
    patchgan_grids,
    patchgan_traits,
    style_traits,
)


@hookimpl
def gsx_discriminators() -> Iterable[DiscriminatorSpec]:
    """Offer PatchGANs: of one scale, of several, and beside a style picture."""
    yield DiscriminatorSpec(
        name="patchgan",
        summary="judges overlapping patches (70x70 by default)",
        target="gsx_discriminators.patchgan:Patchgan",
        options=PatchganOptions,
        traits=patchgan_traits,
        logit_grids=patchgan_grids,
    )
    yield DiscriminatorSpec(
        name="multiscale-patchgan",
        summary="one PatchGAN per scale of the picture, each half the size of the last",
        target="gsx_discriminators.multiscale_patchgan:MultiscalePatchgan",
        options=MultiscaleOptions,
        traits=multiscale_traits,
        logit_grids=multiscale_grids,
    )
    yield DiscriminatorSpec(
        name="style-patchgan",
        summary="PatchGANs that judge how well a picture goes with its style picture",
        target="gsx_discriminators.style_patchgan:StylePatchgan",
        options=StylePatchganOptions,
        traits=style_traits,
        logit_grids=multiscale_grids,
    )
