"""What may be set on metrics that look through an extractor of their own, and which layers they read; torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from gsx.api import FeatureLayout, Options
from gsx_metrics.options import LayerNames


class JudgedOptions(Options):
    """Options of every judged metric: the network that looks.

    By default it is VGG-16 with random weights, always the same: nothing was ever optimised against it, and it needs
    no download. That random networks tell styles and sets of pictures apart is known: Ustyuzhaninov et al., "What does
    it take to generate natural textures?", ICLR 2017; Naeem et al., "Reliable Fidelity and Diversity Metrics for
    Generative Models", ICML 2020 (random VGG-16 features for FID-like figures away from photographs).
    """

    judge: Annotated[str, Field(description="the extractor that looks; best one that nothing here optimised")] = "vgg16"
    judge_weights: Annotated[
        str, Field(description="its weights: random, or imagenet, bundled, package, a .safetensors file")
    ] = "random"

    @property
    def features(self) -> str:
        """The network and its weights, as part of a figure's name: ``vgg16-random``."""
        return f"{self.judge}-{self.judge_weights}"


class GramDistanceOptions(JudgedOptions):
    """Options of ``gram-distance``."""

    layers: Annotated[LayerNames | None, Field(description="the judge's layers to report; default: all")] = None


class KidOptions(JudgedOptions):
    """Options of ``kid``."""

    layer: Annotated[
        str | None, Field(description="the judge's layer to compare; default: the deepest of stride 4 or less")
    ] = None
    subsets: Annotated[int, Field(ge=2, le=10_000, description="random halves that the interval comes from")] = 200
    least: Annotated[int, Field(ge=4, description="results, and different styles, below which there is no figure")] = 4


class ArtFidOptions(JudgedOptions):
    """Options of ``artfid-like``."""

    layer: Annotated[
        str | None, Field(description="the judge's layer of the Fréchet distance; default: deepest of stride 4 or less")
    ] = None
    content_layers: Annotated[
        LayerNames | None, Field(description="the judge's layers of the content distance; default: all")
    ] = None
    least: Annotated[int, Field(ge=2, description="results, and different styles, below which there is no figure")] = 8


class StyleRetrievalOptions(JudgedOptions):
    """Options of ``style-retrieval``."""

    layers: Annotated[LayerNames | None, Field(description="the judge's layers to compare by; default: all")] = None


def judge_section(options: JudgedOptions) -> Mapping[str, Any]:
    """The recipe section of the extractor that looks."""
    return {"name": options.judge, "weights": options.judge_weights}


def one_layer(layer: str | None, layout: FeatureLayout, who: str) -> str:
    """The layer of that name, or the deepest of stride 4 or less; where all are coarser, the shallowest.

    A style is texture. Of VGG-16 with random weights, relu3_1 put untouched photographs farther from ten styles than
    what the bundled generator made of them, clearly more so than relu5_1 did.

    Raises:
        ContractError: the judge lacks it.
    """
    if layer is not None:
        return next(iter(layout.select([layer], who=f"metric {who!r}")))
    fine = [found.name for found in layout.values() if found.stride <= 4]
    return fine[-1] if fine else next(iter(layout))


def several_layers(layers: tuple[str, ...] | None, layout: FeatureLayout, who: str) -> tuple[str, ...]:
    """Those layers, or all, shallow to deep.

    Raises:
        ContractError: the judge lacks one.
    """
    return tuple(layout if layers is None else layout.select(layers, who=f"metric {who!r}"))


def gram_layers(options: GramDistanceOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of gram-distance; errors as :func:`several_layers`."""
    return several_layers(options.layers, layout, "gram-distance")


def kid_layers(options: KidOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layer of kid; errors as :func:`one_layer`."""
    return (one_layer(options.layer, layout, "kid"),)


def art_fid_layers(options: ArtFidOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of both halves of artfid-like; errors as :func:`one_layer`."""
    wanted = {one_layer(options.layer, layout, "artfid-like"), *content_half(options, layout)}
    return tuple(name for name in layout if name in wanted)


def content_half(options: ArtFidOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of the content distance of artfid-like; errors as :func:`several_layers`."""
    return several_layers(options.content_layers, layout, "artfid-like")


def retrieval_layers(options: StyleRetrievalOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers of style-retrieval; errors as :func:`several_layers`."""
    return several_layers(options.layers, layout, "style-retrieval")
