"""What may be set on each loss, and which feature layers that makes it read; torch-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.api import ContractError, FeatureLayout, Options

LayerNames = Annotated[tuple[str, ...], Field(min_length=1)]
LayerWeight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ContentOptions(Options):
    """Options of ``content``."""

    layers: Annotated[
        LayerNames | None, Field(description="layers to compare; default: the deepest of stride 8 or less")
    ] = None
    reduction: Annotated[
        Literal["mean", "sum"], Field(description="over a layer's elements; sum is literally ‖F_Î − F_c‖²")
    ] = "mean"
    target: Annotated[
        Literal["content", "fused"],
        Field(description="the content's maps (the survey's formula), or the fused ones (AdaIN's training)"),
    ] = "content"
    relative: Annotated[bool, Field(description="divide by the variance of the target's map")] = False


class StyleLayersOptions(Options):
    """Which layers a style loss reads, and how much each counts."""

    layers: Annotated[LayerNames | None, Field(description="layers to compare; default: all")] = None
    layer_weights: Annotated[
        tuple[LayerWeight, ...] | None,
        Field(description="one w_l per layer, in the order of `layers`; default: 1 / number of layers"),
    ] = None

    @model_validator(mode="after")
    def _one_weight_each(self) -> StyleLayersOptions:
        if self.layers is not None and len(set(self.layers)) < len(self.layers):
            raise ValueError("layers names a layer twice")
        if self.layers is not None and self.layer_weights is not None and len(self.layers) != len(self.layer_weights):
            raise ValueError(f"layer_weights has {len(self.layer_weights)} values for {len(self.layers)} layers")
        return self


class GramOptions(StyleLayersOptions):
    """Options of ``gram``."""

    reduction: Annotated[
        Literal["mean", "sum"], Field(description="over the matrix; sum is literally ‖Gram_Î − Gram_s‖²")
    ] = "sum"
    normaliser: Annotated[
        Literal["positions", "elements"], Field(description="a Gram matrix is divided by H·W, or by C·H·W")
    ] = "positions"
    relative: Annotated[
        bool, Field(description="divide each layer by its style Gram matrix's own square, so that layers compare")
    ] = False


class MeanStdOptions(StyleLayersOptions):
    """Options of ``mean-std``."""

    relative: Annotated[
        bool, Field(description="divide each layer by the variance of the style's map, so that layers compare")
    ] = False


class TvOptions(Options):
    """Options of ``tv``."""

    form: Annotated[Literal["anisotropic", "isotropic"], Field(description="|dx| + |dy|, or sqrt(dx² + dy²)")] = (
        "anisotropic"
    )


class BceOptions(Options):
    """Options of ``bce``."""

    saturating: Annotated[
        bool, Field(description="the generator minimises log(1 − D), as the minimax game says; default: −log D")
    ] = False


class WganGpOptions(Options):
    """Options of ``wgan-gp``."""

    gp_weight: Annotated[float, Field(ge=0, allow_inf_nan=False, description="weight of the gradient penalty")] = 10.0


def content_layers(options: ContentOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers that the content loss compares.

    Raises:
        ContractError: if the extractor lacks one.
    """
    if options.layers is None:
        return (layout.structural().name,)
    return tuple(layout.select(options.layers, who="the content loss"))


def weighted_layers(options: StyleLayersOptions, layout: FeatureLayout) -> dict[str, float]:
    """Layer -> w_l of a style loss.

    Raises:
        ContractError: if the extractor lacks a layer, or there is not one weight for each.
    """
    names = tuple(layout) if options.layers is None else options.layers
    layout.select(names, who="a style loss")
    weights = options.layer_weights
    if weights is None:
        return dict.fromkeys(names, 1 / len(names))
    if len(weights) != len(names):
        raise ContractError(
            f"a style loss has {len(weights)} layer_weights for {len(names)} layers: {', '.join(names)}.",
            hint="Give one weight for each, or name the layers with the option `layers`.",
        )
    return dict(zip(names, weights, strict=True))


def style_layers(options: StyleLayersOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers that a style loss compares; errors as in :func:`weighted_layers`."""
    return tuple(weighted_layers(options, layout))
