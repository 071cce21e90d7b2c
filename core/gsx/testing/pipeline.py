"""A pipeline of toy components, whose results can be worked out in the head."""

from __future__ import annotations

from typing import Any

from gsx.pipeline.pipeline import Pipeline
from gsx.testing.toy import TOY_LAYOUT, ToyFusionOptions
from gsx.testing.toy.fusion import ToyFusion
from gsx.testing.toy.generator import ToyGenerator
from gsx.testing.toy.reference import toy_discriminator, toy_extractor


def toy_pipeline(**overrides: Any) -> Pipeline:
    """Toy extractor, fusion, generator and discriminator.

    It moves each colour's mean to the style's: stylised = clamp(content - mean(content) + mean(style)).

    Args:
        overrides: arguments of :class:`gsx.Pipeline` to replace.

    Example:
        >>> from gsx.testing import picture
        >>> content, style = picture(seed=1), picture(seed=2)
        >>> difference = toy_pipeline()(content, style).stylized.mean() - style.mean()
        >>> abs(difference.item()) < 0.01
        True
    """
    parts: dict[str, Any] = {
        "extractor": toy_extractor(TOY_LAYOUT),
        "fusion": ToyFusion(ToyFusionOptions()),
        "generator": ToyGenerator(None, TOY_LAYOUT.select(["pool1"])),
        "discriminator": toy_discriminator(),
        "layout": TOY_LAYOUT,
        "levels": ("pool1",),
    }
    return Pipeline(**{**parts, **overrides})
