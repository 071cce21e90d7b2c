"""The header of a safetensors file, read without torch: what a generator's checkpoint says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gsx.errors import WeightsError

GENERATOR_FILE = "generator.safetensors"
"""Its name in the run folder of a training."""

AVERAGE_FILE = "average.safetensors"
"""The name of the averaged generator in a checkpoint, beside the generator as it is."""

LONGEST = 100 * 2**20
"""Bytes that a header may have, as in safetensors itself."""


@dataclass(frozen=True)
class GeneratorHeader:
    """What a trained generator needs around it.

    Args:
        generator, discriminator: name and options; no discriminator where it was trained without one.
        levels: the fused levels that it was trained on.
        extractor: its name.
        id, sha256: of the registry's entry for the file, where it has one.
        extractor_sha256: of the weights whose maps it decodes; None for random ones.
        extractor_options: further options that those maps depend on, where they were not the defaults.
    """

    path: Path
    generator: Mapping[str, Any]
    discriminator: Mapping[str, Any] | None
    levels: tuple[str, ...]
    extractor: str
    extractor_sha256: str | None
    id: str | None = None
    sha256: str | None = None
    extractor_options: Mapping[str, Any] = field(default_factory=dict)


class _Stored(BaseModel):
    """The string ``gsx.generator`` in the header."""

    generator: dict[str, Any]
    discriminator: dict[str, Any] | None
    levels: tuple[str, ...]
    extractor: str
    extractor_sha256: str | None
    extractor_options: dict[str, Any] = {}


def generator_path(weights: str) -> Path:
    """The file that ``generator.weights`` means: itself, or the one in the run folder or checkpoint of that name.

    Of a training that is not finished it is the averaged generator of the newest checkpoint.
    """
    path = Path(weights).expanduser()
    if not path.is_dir():
        return path
    if (path / AVERAGE_FILE).is_file():
        return path / AVERAGE_FILE
    averages = sorted(path.glob(f"checkpoints/[0-9]*/{AVERAGE_FILE}"))
    unfinished = averages and not (path / GENERATOR_FILE).is_file()
    return averages[-1] if unfinished else path / GENERATOR_FILE


def read_generator_header(path: Path) -> GeneratorHeader:
    """What the checkpoint says of itself.

    Raises:
        WeightsError: missing, not safetensors, or no generator's.
    """
    strings = _strings(path)
    try:
        stored = _Stored.model_validate_json(strings["gsx.generator"])
        return GeneratorHeader(
            path,
            stored.generator,
            stored.discriminator,
            stored.levels,
            stored.extractor,
            stored.extractor_sha256,
            extractor_options=stored.extractor_options,
        )
    except (KeyError, ValueError) as error:
        raise WeightsError(
            f"{path} is no generator's checkpoint.", hint="Give a run folder of gsx train, or the file in it."
        ) from error


def _strings(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise WeightsError(
            f"generator weights {path} do not exist.",
            hint="Give a run folder of a finished gsx train, bundled, or random.",
        )
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > LONGEST:
                raise ValueError(f"a header of {length} bytes")
            header = json.loads(stream.read(length))
        strings = header.get("__metadata__", {})
        if not isinstance(strings, dict):
            raise ValueError("no strings in the header")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise WeightsError(f"weights file {path} is not a readable safetensors file: {error}") from error
    return strings
