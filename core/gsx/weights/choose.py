"""Which trained generator a recipe means, settled before anything is fingerprinted. Torch-free."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gsx.contracts.plan import Parts
from gsx.errors import RecipeError, WeightsError
from gsx.specs.chosen import Catalog, Chosen
from gsx.specs.kinds import ExtractorSpec, GeneratorSpec
from gsx.weights.header import GeneratorHeader, generator_path, read_generator_header
from gsx.weights.registry import find_entry, installed_registry, packaged_file
from gsx.weights.status import receipt_sha256, status

SHIPPED = ("auto", "bundled")
"""What stands for the checkpoint that comes with the generator; a training takes ``auto`` for fresh weights."""


def fill_generator(raw: dict[str, Any], catalog: Catalog) -> None:
    """Fill a raw recipe's generator section from the checkpoint that it names, or that comes with the generator.

    A checkpoint says itself which generator it is of, and with which options.

    Raises:
        WeightsError: the checkpoint cannot be read. RecipeError: the recipe contradicts it.
    """
    section = raw["generator"]
    weights, name = section.get("weights", "auto"), section.get("name")
    if isinstance(weights, str) and weights not in (*SHIPPED, "random"):
        _follow(section, read_generator_header(generator_path(weights)))
    elif weights in SHIPPED and isinstance(name, str) and name != "auto":
        spec = catalog.find("generator", name).spec
        extractor = raw["extractor"].get("name")
        fitting = [header for header in packaged_headers(spec) if header.extractor == extractor]
        if fitting:
            _follow(section, fitting[0])


def packaged_headers(spec: GeneratorSpec) -> Iterator[GeneratorHeader]:
    """The checkpoints that come with a generator, the best first.

    Raises:
        WeightsError: one is missing or cannot be read.
    """
    entries = {entry.bundled: entry for entry in installed_registry() if entry.bundled is not None}
    for reference in spec.checkpoints:
        header = read_generator_header(packaged_file(reference, f"the checkpoint of generator {spec.name!r}"))
        entry = entries.get(reference)
        yield header if entry is None else replace(header, id=entry.id, sha256=entry.sha256)


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


def find_trained(parts: Parts, levels: tuple[str, ...]) -> GeneratorHeader | None:
    """The checkpoint of the recipe's generator; None where it needs none, or is to be random.

    Raises:
        WeightsError: none fits, or one cannot be read.
    """
    chosen = parts.generator
    if not chosen.spec.trained or chosen.options.weights == "random":
        return None
    if chosen.options.weights not in SHIPPED:
        return read_generator_header(generator_path(chosen.options.weights))
    found = fitting_checkpoint(parts, levels)
    if found is not None:
        return found
    raise WeightsError(
        f"generator {chosen.name!r} has no trained checkpoint for extractor {parts.extractor.name!r} with these "
        "options, weights and layers.",
        hint="Train one with gsx train, and give its folder with --set generator.weights=FOLDER; or use --generator "
        "pixels, which needs no training; or see what an untrained network gives with --set generator.weights=random.",
    )


def fitting_checkpoint(parts: Parts, levels: tuple[str, ...]) -> GeneratorHeader | None:
    """The first of the generator's own checkpoints that was trained as the recipe wants to use it.

    Raises:
        WeightsError: one cannot be read.
    """
    chosen = parts.generator
    wanted = {"name": chosen.name, **chosen.options.model_dump(mode="json", exclude={"weights"})}
    for header in packaged_headers(chosen.spec):
        same_network = header.generator == wanted and header.levels == levels
        same_maps = header.extractor_options == map_options(parts.extractor)
        if same_network and same_maps and header.extractor_sha256 == _extractor_sha256(parts):
            return header
    return None


def map_options(chosen: Chosen[ExtractorSpec]) -> dict[str, Any]:
    """The options that an extractor's maps depend on besides its weights, where they are not the defaults.

    Which weights they are, their hash says; ``layers`` only restricts who may read what.
    """
    options: dict[str, Any] = chosen.options.model_dump(
        mode="json", exclude={"weights", "layers"}, exclude_defaults=True
    )
    return options


def _extractor_sha256(parts: Parts) -> str | None:
    """Of the weights that the extractor will run with; None for random ones and those that are not here."""
    chosen = parts.extractor
    assert isinstance(chosen.spec, ExtractorSpec)
    wanted = getattr(chosen.options, "weights", "random")
    if wanted in chosen.spec.weights:
        entry = find_entry(chosen.spec.weights[wanted])
        path = status(entry).path
        return entry.sha256 or (receipt_sha256(path) if path is not None else None)
    path = Path(wanted).expanduser()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def check_fits(
    header: GeneratorHeader,
    levels: tuple[str, ...],
    extractor_sha256: str | None,
    extractor_options: Mapping[str, Any],
) -> None:
    """Refuse a checkpoint that decodes other maps than it will be given.

    Args:
        extractor_options: as :func:`map_options` gives them.

    Raises:
        WeightsError: other levels, or maps of other weights or options.
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
    if header.extractor_options != extractor_options:
        theirs, ours = (
            ", ".join(f"{name}={value}" for name, value in options.items()) or "the defaults"
            for options in (header.extractor_options, extractor_options)
        )
        raise WeightsError(
            f"checkpoint {header.path} was trained on maps of an extractor with {theirs}, and these are of one with "
            f"{ours}.",
            hint="Use the extractor options that it was trained with.",
        )
