"""``generator = auto`` and ``generator.weights``, settled before anything is fingerprinted. Torch-free."""

from __future__ import annotations

from typing import Any

from gsx.errors import RecipeError, WeightsError
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import GeneratorSpec
from gsx.weights.header import GeneratorHeader, generator_path, read_generator_header

FALLBACK_GENERATOR = "pixels"
"""Needs no training and takes any extractor."""


def settle_generator(raw: dict[str, Any]) -> str | None:
    """Replace ``generator.name = auto`` in a raw recipe by what it stands for, in place.

    A checkpoint that ``generator.weights`` names says itself which generator it is of, and with which options.

    Returns:
        A sentence that says what was chosen and why, or None where the recipe named a generator itself.

    Raises:
        WeightsError: the checkpoint cannot be read. RecipeError: the recipe contradicts it.
    """
    section = raw["generator"]
    if isinstance(section.get("weights"), str) and section["weights"] not in ("auto", "random"):
        _follow(section, read_generator_header(generator_path(section["weights"])))
        return None
    if section.get("name") != "auto":
        return None
    section["name"] = FALLBACK_GENERATOR
    return (
        "generator auto: no trained checkpoint fits this extractor, "
        f"so '{FALLBACK_GENERATOR}' optimises the image itself."
    )


def _follow(section: dict[str, Any], header: GeneratorHeader) -> None:
    """Fill a generator's section from its checkpoint."""
    for key, value in header.generator.items():
        given = section.get(key)
        if given is not None and given != value and not (key == "name" and given == "auto"):
            raise RecipeError(
                f"generator.{key} is {given!r} in the recipe, and {value!r} in the checkpoint {header.path}.",
                hint=f"Leave generator.{key} out: a checkpoint brings its own.",
            )
        section[key] = value


def check_trained(chosen: Chosen[GeneratorSpec]) -> GeneratorHeader | None:
    """What the checkpoint of a trainable generator says; None where it needs none, or is to be random.

    Raises:
        WeightsError: nothing trained fits.
    """
    if not chosen.spec.trained or chosen.options.weights == "random":
        return None
    if chosen.options.weights != "auto":
        return read_generator_header(generator_path(chosen.options.weights))
    raise WeightsError(
        f"generator {chosen.name!r} has to be trained first, and no checkpoint of it is installed.",
        hint="Train one with gsx train, and give its folder with --set generator.weights=FOLDER; or use --generator "
        "pixels, which needs no training; or see what an untrained network gives with --set generator.weights=random.",
    )


def check_fits(header: GeneratorHeader, levels: tuple[str, ...], extractor_sha256: str | None) -> None:
    """Refuse a checkpoint that decodes other maps than it will be given.

    Raises:
        WeightsError: other levels, or maps of other weights.
    """
    if header.levels != levels:
        raise WeightsError(
            f"checkpoint {header.path} was trained on the levels {', '.join(header.levels)}, and gets "
            f"{', '.join(levels)}.",
            hint="Use the extractor and the layers that it was trained with.",
        )
    if header.extractor_sha256 != extractor_sha256:
        theirs, ours = (digest[:12] if digest else "random" for digest in (header.extractor_sha256, extractor_sha256))
        raise WeightsError(
            f"checkpoint {header.path} was trained on maps of extractor weights {theirs}…, and these are {ours}….",
            hint="Use the extractor weights that it was trained with.",
        )
