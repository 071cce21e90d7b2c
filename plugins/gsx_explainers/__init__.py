"""Built-in explainers."""

from collections.abc import Iterator

from gsx.api import ExplainerSpec, hookimpl
from gsx_explainers.options import AblationOptions, GradcamOptions, LayercamOptions


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
        units=("layer",),
    )
    yield ExplainerSpec(
        name="layercam",
        summary="gradient times activation at each position, signed; sees what Grad-CAM pools away",
        target="gsx_explainers.layercam:Layercam",
        options=LayercamOptions,
        score="style-alignment",
        unit="layer",
        method="gradient",
        units=("layer", "picture"),
    )
    yield ExplainerSpec(
        name="ablation",
        summary="what each layer or channel is worth: the score's and the picture's change without it",
        target="gsx_explainers.ablation:Ablation",
        options=AblationOptions,
        score="style-alignment",
        unit="layers",
        method="perturbation",
        units=("layers", "channels"),
        baseline="content",
        evaluations=lambda options, size: size,
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
