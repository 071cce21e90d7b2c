"""Scores: what an explanation explains, one value per picture."""

from __future__ import annotations

from collections.abc import Iterable

from gsx.api import Requirement, ScoreSpec, hookimpl
from gsx_scores.options import (
    ContentOptions,
    LpipsOptions,
    RealismOptions,
    RegionOptions,
    StatisticsGapOptions,
    StyleAlignmentOptions,
    StyleOptions,
    all_layers,
    content_layers,
)

_MAPS: frozenset[Requirement] = frozenset({"extractor"})


@hookimpl
def gsx_scores() -> Iterable[ScoreSpec]:
    """Offer the built-in scores."""
    yield ScoreSpec(
        name="style-alignment",
        summary="how far the result has gone from the content's statistics to the style's",
        target="gsx_scores.style_alignment:StyleAlignment",
        options=StyleAlignmentOptions,
        layers=all_layers,
        requires=_MAPS,
        higher="more like the style: 0 has the content's statistics, 1 the style's",
        baseline="content",
        scale=1.0,
    )
    yield ScoreSpec(
        name="style",
        summary="distance of the result to the style",
        target="gsx_scores.style:Style",
        options=StyleOptions,
        layers=all_layers,
        requires=_MAPS,
        higher="farther from the style",
    )
    yield ScoreSpec(
        name="content",
        summary="distance of the result to the content",
        target="gsx_scores.content:Content",
        options=ContentOptions,
        layers=content_layers,
        requires=_MAPS,
        higher="farther from the content",
    )
    yield ScoreSpec(
        name="statistics-gap",
        summary="how far apart two pictures are in channel means or deviations",
        target="gsx_scores.statistics_gap:StatisticsGap",
        options=StatisticsGapOptions,
        layers=all_layers,
        requires=_MAPS,
        higher="farther apart in these statistics",
    )
    yield ScoreSpec(
        name="lpips",
        summary="learned perceptual distance of the result to the content",
        target="gsx_scores.lpips:Lpips",
        options=LpipsOptions,
        higher="farther from the content, as people see it",
    )
    yield ScoreSpec(
        name="realism",
        summary="the discriminator's logit, over the picture, at one scale or at one patch",
        target="gsx_scores.realism:Realism",
        options=RealismOptions,
        requires=frozenset({"discriminator"}),
        higher="more like a real picture to the discriminator",
    )
    yield ScoreSpec(
        name="region",
        summary="colour, contrast or gradient energy of the result inside a box or mask",
        target="gsx_scores.region:Region",
        options=RegionOptions,
        masked=lambda options: options.where == "mask",
        higher="more of the chosen statistic (brighter, more contrast, or stronger edges) inside the region",
    )
    yield ScoreSpec(
        name="change",
        summary="how far the result lies from the content, pixel by pixel",
        target="gsx_scores.change:Change",
        higher="farther from the content picture, in units of [0, 1]",
        baseline="content",
    )
