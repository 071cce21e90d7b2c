"""Losses: terms of the total, and the adversarial ones."""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from gsx.api import LossSpec, Requirement, hookimpl
from gsx_losses.options import (
    BceOptions,
    ContentOptions,
    GramOptions,
    MeanStdOptions,
    TvOptions,
    WganGpOptions,
    content_layers,
    style_layers,
)

_MAPS: frozenset[Requirement] = frozenset({"extractor"})


@hookimpl
def gsx_losses() -> Iterable[LossSpec]:
    """Offer four terms and four adversarial losses."""
    yield LossSpec(
        name="content",
        summary="squared difference of stylised and content maps",
        target="gsx_losses.content:Content",
        options=ContentOptions,
        layers=content_layers,
        requires=_MAPS,
        closed_form=lambda options: {"content": 0.0},
    )
    yield LossSpec(
        name="gram",
        summary="squared difference of stylised and style Gram matrices",
        target="gsx_losses.gram:Gram",
        options=GramOptions,
        layers=style_layers,
        requires=_MAPS,
        closed_form=lambda options: {"style": 0.0},
    )
    yield LossSpec(
        name="mean-std",
        summary="difference of channel means and deviations to the style (AdaIN's style loss)",
        target="gsx_losses.mean_std:MeanStd",
        options=MeanStdOptions,
        layers=style_layers,
        requires=_MAPS,
        closed_form=lambda options: {"style": 0.0},
    )
    yield LossSpec(
        name="tv",
        summary="total variation of the stylised picture",
        target="gsx_losses.tv:Tv",
        options=TvOptions,
        closed_form=lambda options: {"flat": 0.0},
    )
    yield LossSpec(
        name="bce",
        summary="the original GAN objective: cross-entropy on logits",
        role="adversarial",
        target="gsx_losses.bce:Bce",
        options=BceOptions,
        per_sample=False,
        closed_form=lambda options: {
            "discriminator": 2 * log(2),
            "generator": -log(2) if options.saturating else log(2),
        },
    )
    yield LossSpec(
        name="lsgan",
        summary="least squares GAN",
        role="adversarial",
        target="gsx_losses.lsgan:Lsgan",
        per_sample=False,
        closed_form=lambda options: {"discriminator": 0.5, "generator": 0.5},
    )
    yield LossSpec(
        name="hinge",
        summary="hinge GAN",
        role="adversarial",
        target="gsx_losses.hinge:Hinge",
        per_sample=False,
        closed_form=lambda options: {"discriminator": 2.0, "generator": 0.0},
    )
    yield LossSpec(
        name="wgan-gp",
        summary="Wasserstein GAN with gradient penalty",
        role="adversarial",
        target="gsx_losses.wgan_gp:WganGp",
        options=WganGpOptions,
        per_sample=False,
        closed_form=lambda options: {"discriminator": 0.0, "generator": 0.0},
        refuses={
            "batch_norm": "its gradient penalty is taken picture by picture, and batch norm makes each logit "
            "depend on the whole batch"
        },
    )
