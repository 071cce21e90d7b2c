"""Built-in explainers."""

import math
from collections.abc import Iterator

from gsx.api import ExplainerSpec, hookimpl
from gsx_explainers.options import (
    AblationOptions,
    AttentionOptions,
    CounterfactualOptions,
    DissectionOptions,
    GradcamOptions,
    GradcamPlusPlusOptions,
    IntegratedGradientsOptions,
    LayercamOptions,
    OcclusionOptions,
    RiseOptions,
    ScorecamOptions,
    ShapleyOptions,
    SmoothgradOptions,
)


def _integrations(options: IntegratedGradientsOptions, size: int | None) -> int:
    """Rows and gradients: the baseline, and 8, 16, … points."""
    total = steps = min(8, options.max_steps)
    while steps < options.max_steps:
        steps = min(2 * steps, options.max_steps)
        total += steps
    return 1 + total


def _readings(options: CounterfactualOptions, size: int | None) -> int:
    """The grid, but for 1, and the halvings of one interval."""
    return options.grid - 1 + max(0, math.ceil(math.log2(1 / ((options.grid - 1) * options.precision))))


@hookimpl
def gsx_explainers() -> Iterator[ExplainerSpec]:
    yield ExplainerSpec(
        name="gradcam",
        summary="where channels that raise the score fire: gradient-weighted activations, signed",
        target="gsx_explainers.gradcam:Gradcam",
        options=GradcamOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        units=("layer", "fused"),
    )
    yield ExplainerSpec(
        name="gradcam++",
        summary="Grad-CAM with a weight for each position, so that small regions count as much as large ones",
        target="gsx_explainers.gradcam_plus_plus:GradcamPlusPlus",
        options=GradcamPlusPlusOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        units=("layer", "fused"),
    )
    yield ExplainerSpec(
        name="layercam",
        summary="gradient times activation at each position, signed; sees what Grad-CAM pools away",
        target="gsx_explainers.layercam:Layercam",
        options=LayercamOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        units=("layer", "picture", "fused"),
    )
    yield ExplainerSpec(
        name="integrated-gradients",
        summary="what each part adds on the way from the baseline; adds up to the score's difference",
        target="gsx_explainers.integrated_gradients:IntegratedGradients",
        options=IntegratedGradientsOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        evaluations=_integrations,
    )
    yield ExplainerSpec(
        name="smoothgrad",
        summary="gradient times activation, averaged over noisy copies of it",
        target="gsx_explainers.smoothgrad:Smoothgrad",
        options=SmoothgradOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        units=("layer", "picture", "fused"),
        random=True,
        evaluations=lambda options, size: options.samples + 1,
    )
    yield ExplainerSpec(
        name="occlusion",
        summary="what the score loses where a window is replaced by the baseline",
        target="gsx_explainers.occlusion:Occlusion",
        options=OcclusionOptions,
        score="style-alignment",
        unit="layer",
        method="perturbation",
        space="positions",
        evaluations=lambda options, size: size,
    )
    yield ExplainerSpec(
        name="rise",
        summary="how the score goes with each position over random masks; gives its standard error",
        target="gsx_explainers.rise:Rise",
        options=RiseOptions,
        score="style-alignment",
        unit="layer",
        method="perturbation",
        space="positions",
        random=True,
        evaluations=lambda options, size: options.masks,
    )
    yield ExplainerSpec(
        name="scorecam",
        summary="channels as masks, weighted by what the score gains where they alone are kept; signed",
        target="gsx_explainers.scorecam:Scorecam",
        options=ScorecamOptions,
        score="style-alignment",
        unit="layer",
        method="perturbation",
        units=("layer", "fused"),
        evaluations=lambda options, size: options.most + 2,
    )
    yield ExplainerSpec(
        name="ablation",
        summary="what each layer or channel is worth: the score with it less that without, and the picture's change",
        target="gsx_explainers.ablation:Ablation",
        options=AblationOptions,
        score="style-alignment",
        unit="layers",
        method="perturbation",
        space="named",
        baseline="content",
        evaluations=lambda options, size: size,
    )
    yield ExplainerSpec(
        name="shapley",
        summary="each part's fair share of the score, from every coalition; exact, adds up to the difference",
        target="gsx_explainers.shapley:Shapley",
        options=ShapleyOptions,
        score="style-alignment",
        unit="layers",
        method="perturbation",
        space="named",
        baseline="content",
        most=lambda options: options.most,
        evaluations=lambda options, size: None if size is None else 2**size,
    )
    yield ExplainerSpec(
        name="dissection",
        summary="channels that fire in a marked region, and the score without them, against random ones",
        target="gsx_explainers.dissection:Dissection",
        options=DissectionOptions,
        score="style-alignment",
        unit="channels",
        method="perturbation",
        units=("channels", "fused-channels"),
        random=True,
        evaluations=lambda options, size: options.count + options.draws + 2,
        masked=lambda options: True,
    )
    yield ExplainerSpec(
        name="counterfactual",
        summary="the smallest blend of baseline and result at which the score reaches a target",
        target="gsx_explainers.counterfactual:Counterfactual",
        options=CounterfactualOptions,
        score="style-alignment",
        unit="layers",
        method="perturbation",
        baseline="content",
        evaluations=_readings,
    )
    yield ExplainerSpec(
        name="attention",
        summary="which style positions an attending fusion takes from, and how decidedly",
        target="gsx_explainers.attention:Attention",
        options=AttentionOptions,
        score="style-alignment",
        unit="layer",
        method="attention",
        evaluations=lambda options, size: 0,
    )
    yield ExplainerSpec(
        name="displacement",
        summary="which term of the optimisation moved each pixel how far; the terms add up to the whole change",
        target="gsx_explainers.displacement:Displacement",
        score="change",
        unit="picture",
        method="terms",
        units=("picture",),
        scores=("change",),
        baseline="content",
    )
