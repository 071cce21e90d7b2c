"""``generator = auto``, settled before anything is fingerprinted."""

from __future__ import annotations

from typing import Any

from gsx.errors import WeightsError
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import GeneratorSpec

FALLBACK_GENERATOR = "pixels"
"""Needs no training and takes any extractor."""


def settle_generator(raw: dict[str, Any]) -> str | None:
    """Replace ``generator.name = auto`` in a raw recipe by what it stands for, in place.

    Returns:
        A sentence that says what was chosen and why, or None where the recipe named a generator itself.
    """
    section = raw["generator"]
    if section.get("name") != "auto":
        return None
    section["name"] = FALLBACK_GENERATOR
    return (
        "generator auto: no trained checkpoint fits this extractor, "
        f"so '{FALLBACK_GENERATOR}' optimises the image itself."
    )


def check_trained(chosen: Chosen[GeneratorSpec]) -> None:
    """Refuse a trainable generator that has nothing trained.

    Raises:
        WeightsError: no checkpoint fits, or the option names something that cannot be loaded.
    """
    if not chosen.spec.trained or chosen.options.weights == "random":
        return
    raise WeightsError(
        f"generator {chosen.name!r} has to be trained first, and no checkpoint of it is installed.",
        hint="Use --generator pixels, which needs no training and takes any extractor; or see what an untrained "
        "network gives with --set generator.weights=random.",
    )
