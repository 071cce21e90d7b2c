"""Taking a caller's own modules and callables as components."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gsx.errors import ContractError
from gsx.ops.feature_maps import FeatureMaps
from gsx.specs.layout import FeatureLayout, Layer

TRIAL_SIDE = 64
"""Side in pixels of the picture that finds the layout of an extractor which does not declare one."""


def adapt_extractor(
    extractor: Callable[..., Any], layout: FeatureLayout | None, device: torch.device
) -> tuple[Callable[[Tensor, Sequence[str]], FeatureMaps], FeatureLayout]:
    """An extractor of the usual signature, and its layout.

    Raises:
        ContractError: it takes ``(image, layers)`` and no layout says which layers exist, or it gives no maps.
    """
    if _arguments(extractor, usual=1) >= 2:
        layout = layout or getattr(extractor, "layout", None)
        if layout is None:
            raise ContractError(
                "an extractor that takes (image, layers) has to say which layers it has.",
                hint="Pass layout=gsx.api.FeatureLayout([...]) to gsx.Pipeline, or give it an attribute `layout`.",
            )
        return extractor, layout

    def extract(image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        maps = extractor(image)
        maps = maps if isinstance(maps, dict) else {"features": maps}
        return {name: maps[name] for name in maps if name in set(layers)}

    return extract, layout or _trial_layout(extractor, device)


def _trial_layout(extractor: Callable[..., Any], device: torch.device) -> FeatureLayout:
    """Channels and stride of each map, from two trial pictures: what a wider one adds gives the stride, edges aside."""
    numbers = extractor.parameters() if isinstance(extractor, nn.Module) else ()
    dtype = next((parameter.dtype for parameter in numbers), torch.get_default_dtype())

    def widths(side: int) -> dict[str, tuple[int, int]]:
        with torch.no_grad():
            maps = extractor(torch.full((1, 3, side, side), 0.5, device=device, dtype=dtype))
        maps = maps if isinstance(maps, dict) else {"features": maps}
        if not maps or not all(isinstance(item, Tensor) and item.ndim == 4 for item in maps.values()):
            raise ContractError("an extractor has to give maps of shape (N, C, H, W), as a dict or one tensor.")
        return {name: (item.shape[1], item.shape[-1]) for name, item in maps.items()}

    small, large = widths(TRIAL_SIDE), widths(2 * TRIAL_SIDE)
    return FeatureLayout(
        # A map that does not grow (pooled to a fixed size) has the stride of the whole picture.
        Layer(name, channels, max(1, round(TRIAL_SIDE / max(1, large[name][1] - width))))
        for name, (channels, width) in small.items()
    )


def adapt_fusion(fusion: Callable[..., Tensor]) -> Callable[[FeatureMaps, FeatureMaps, str], Tensor]:
    """A fusion of the usual signature, from one that takes maps and a level or one that takes two tensors."""
    if _arguments(fusion, usual=2) >= 3:
        return fusion
    return lambda content, style, level: fusion(content[level], style[level])


def adapt_generator(generator: Callable[..., Tensor], levels: Sequence[str]) -> Callable[..., Tensor]:
    """A generator that takes ``(fused, content, context)``, from one that takes fewer."""
    count = _arguments(generator, usual=1)
    if count >= 3:
        return generator
    if count == 2:
        return lambda fused, content, context: generator(fused, content)
    if len(levels) == 1:
        return lambda fused, content, context: generator(fused[levels[0]])
    return lambda fused, content, context: generator(fused)


def adapt_discriminator(discriminator: Callable[..., Any]) -> Callable[[Tensor, Tensor], list[Tensor]]:
    """Logits of ``(image, style)``, a list of one per scale, from one that looks at the style or one that does not."""
    conditional = takes_style(discriminator)

    def judge(image: Tensor, style: Tensor) -> list[Tensor]:
        logits = discriminator(image, style.expand(len(image), -1, -1, -1)) if conditional else discriminator(image)
        return [logits] if isinstance(logits, Tensor) else list(logits)

    return judge


def takes_style(discriminator: Callable[..., Any]) -> bool:
    """Whether it judges a picture beside a style, ``(image, style)``."""
    return _arguments(discriminator, usual=1) >= 2


def _arguments(function: Callable[..., Any], *, usual: int) -> int:
    """How many positional arguments without a default it takes; ``usual`` where it does not say (``torch.lerp``)."""
    target = function.forward if isinstance(function, nn.Module) else function
    try:
        parameters = inspect.signature(target).parameters.values()
    except (ValueError, TypeError):
        return usual
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        parameter.kind in positional and parameter.default is inspect.Parameter.empty for parameter in parameters
    )
