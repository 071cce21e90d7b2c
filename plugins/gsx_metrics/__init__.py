"""Metrics: figures about one result, and about a set of them."""

from __future__ import annotations

from collections.abc import Iterable

from gsx.api import MetricSpec, hookimpl
from gsx_metrics.judged_options import (
    ArtFidOptions,
    GramDistanceOptions,
    KidOptions,
    StyleRetrievalOptions,
    art_fid_layers,
    gram_layers,
    judge_section,
    kid_layers,
    retrieval_layers,
)
from gsx_metrics.options import (
    ContentDistanceOptions,
    EntropyOptions,
    LpipsOptions,
    StyleDistanceOptions,
    content_layers,
    entropy_layers,
    style_layers,
)


@hookimpl
def gsx_metrics() -> Iterable[MetricSpec]:
    """Offer distances, likeness, entropy, and figures over sets; judged ones look through a network of their own."""
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
        weights=lambda options: f"lpips-{options.net}",
        direction="lower",
    )
    yield MetricSpec(
        name="gram-distance",
        summary="Gram distance to the style, under a network that nothing optimised",
        target="gsx_metrics.gram_distance:GramDistance",
        options=GramDistanceOptions,
        direction="lower",
        layers=gram_layers,
        judge=judge_section,
    )
    yield MetricSpec(
        name="kid",
        summary="kernel distance of all results to the styles, in a judge's features",
        target="gsx_metrics.kid:Kid",
        options=KidOptions,
        scope="set",
        direction="lower",
        layers=kid_layers,
        judge=judge_section,
    )
    yield MetricSpec(
        name="artfid-like",
        summary="(1 + content distance) · (1 + Fréchet distance to the styles), in a judge's features",
        target="gsx_metrics.artfid_like:ArtFidLike",
        options=ArtFidOptions,
        scope="set",
        direction="lower",
        layers=art_fid_layers,
        judge=judge_section,
    )
    yield MetricSpec(
        name="style-retrieval",
        summary="share of results whose nearest style, for a judge, is their own",
        target="gsx_metrics.style_retrieval:StyleRetrieval",
        options=StyleRetrievalOptions,
        scope="set",
        direction="higher",
        layers=retrieval_layers,
        judge=judge_section,
    )
    yield MetricSpec(
        name="entropy",
        summary="how evenly the extractor's maps and their Gram matrices are spread",
        target="gsx_metrics.entropy:Entropy",
        options=EntropyOptions,
        layers=entropy_layers,
        about_extractor=True,
    )
