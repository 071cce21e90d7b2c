"""Which fused levels each generator wants of a layout, or why it cannot do with it; torch-free."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gsx.api import ContractError, FeatureLayout, Layer
from gsx_generators.options import PixelsOptions, ResnetOptions, UnetOptions


def pixels_levels(options: PixelsOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The levels that it approaches: ``content_layers``, else the structural one.

    Raises:
        ContractError: a named layer does not exist.
    """
    if options.content_layers is None:
        return (layout.structural().name,)
    return tuple(layout.select(options.content_layers, who="generator 'pixels' (content_layers)"))


def pixels_reads(options: PixelsOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The layers whose style statistics it matches: ``style_layers``, else all; none at ``style_weight`` 0.

    Raises:
        ContractError: a named layer does not exist.
    """
    wanted = layout if options.style_layers is None else options.style_layers
    chosen = tuple(layout.select(wanted, who="generator 'pixels' (style_layers)"))
    return chosen if options.style_weight > 0 else ()


def resnet_levels(options: ResnetOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The structural level, and with ``inject`` every shallower stride's last layer; strides are powers of two.

    Raises:
        ContractError: no level up to the structural one has such a stride.
    """
    names = list(layout)
    upto = [layout[name] for name in names[: names.index(layout.structural().name) + 1]]
    levels = _last_of_each_stride(upto)
    if not levels:
        raise ContractError(
            f"generator 'resnet' needs a level whose stride is a power of two; extractor gives {_strides(upto)}.",
            hint="Try --set extractor.layers=[...] or --generator pixels, which takes any stride.",
        )
    return tuple(level.name for level in (levels if options.inject else levels[-1:]))


def unet_levels(options: UnetOptions, layout: FeatureLayout) -> tuple[str, ...]:
    """The longest run of levels in which each stride, a power of two, is twice the last; the shallowest of equals.

    Strides over ``coarsest`` are left out.

    Raises:
        ContractError: no two strides double.
    """
    fine = [level for level in layout.values() if level.stride <= options.coarsest]
    runs: list[list[Layer]] = []
    for level in _last_of_each_stride(fine):
        if runs and level.stride == 2 * runs[-1][-1].stride:
            runs[-1].append(level)
        else:
            runs.append([level])
    best = max(runs, key=len, default=[])
    if len(best) < 2:
        raise ContractError(
            f"generator 'unet' needs ≥ 2 levels whose strides double, up to {options.coarsest}; extractor gives "
            f"{_strides(layout.values())}.",
            hint="Try --set extractor.layers=[...], --set generator.coarsest=32 or --generator resnet.",
        )
    return tuple(level.name for level in best)


def deepest_stride(levels: Callable[[Any, FeatureLayout], tuple[str, ...]]) -> Callable[[Any, FeatureLayout], int]:
    """The size multiple of a generator that doubles its way up from the deepest of ``levels``."""
    return lambda options, layout: max(layout[name].stride for name in levels(options, layout))


def _last_of_each_stride(layers: Iterable[Layer]) -> list[Layer]:
    """The last layer of each power-of-two stride, by stride."""
    by_stride = {layer.stride: layer for layer in layers if layer.stride & (layer.stride - 1) == 0}
    return [by_stride[stride] for stride in sorted(by_stride)]


def _strides(layers: Iterable[Layer]) -> str:
    return f"[{', '.join(str(layer.stride) for layer in layers)}]"
