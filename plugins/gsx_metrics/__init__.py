"""Metrics: figures about one result."""

from __future__ import annotations

from collections.abc import Iterable

from gsx.api import MetricSpec, hookimpl
from gsx_metrics.options import (
    ContentDistanceOptions,
    LpipsOptions,
    StyleDistanceOptions,
    content_layers,
    style_layers,
)


@hookimpl
def gsx_metrics() -> Iterable[MetricSpec]:
    """Offer two distances, SSIM and LPIPS."""
    yield MetricSpec(
        name="content-distance",
        summary="mean squared difference of stylised and content maps",
        target="gsx_metrics.content_distance:ContentDistance",
        options=ContentDistanceOptions,
        direction="lower",
        layers=content_layers,
    )
    yield MetricSpec(
        name="style-distance",
        summary="distance to the style, raw and as a share of the content's own",
        target="gsx_metrics.style_distance:StyleDistance",
        options=StyleDistanceOptions,
        direction="lower",
        layers=style_layers,
    )
    yield MetricSpec(
        name="ssim",
        summary="structural similarity of stylised and content picture",
        target="gsx_metrics.ssim:Ssim",
        direction="higher",
    )
    yield MetricSpec(
        name="lpips",
        summary="learned perceptual distance of stylised and content picture",
        target="gsx_metrics.lpips:Lpips",
        options=LpipsOptions,
        direction="lower",
    )
