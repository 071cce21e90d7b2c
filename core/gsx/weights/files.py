"""A weights file on disk: a safetensors file with its hash and the strings in its header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from gsx.errors import WeightsError


@dataclass(frozen=True)
class WeightsFile:
    """A readable safetensors file.

    Args:
        path: where it lies.
        sha256: of its bytes.
        metadata: the strings in its header, such as the topology and widths of a slim network.
        id: its id in registry.toml, or None for a file that a user named.
    """

    path: Path
    sha256: str
    metadata: Mapping[str, str]
    id: str | None = None

    def tensors(self) -> dict[str, Tensor]:
        return load_file(self.path)


def save_weights(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file; the same tensors and strings always give the same bytes, and so the same hash.

    (safetensors itself writes the strings in an order that changes from call to call.)

    Raises:
        OSError: as writing does; wrap it with :func:`gsx.store.atomic.write_with`.
    """
    data = save({key: value.detach().cpu().contiguous() for key, value in tensors.items()})
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    if metadata:
        header = {"__metadata__": dict(sorted(metadata.items())), **header}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the format wants the data aligned
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def open_weights(path: Path, *, weights_id: str | None = None, expected_sha256: str | None = None) -> WeightsFile:
    """Read the header of a safetensors file and hash it.

    Raises:
        WeightsError: missing, a pickle (``.pth``), not safetensors, or of another hash than expected.
    """
    if not path.is_file():
        raise WeightsError(f"weights file {path} does not exist.", hint="Give bundled, imagenet, random or a file.")
    if path.suffix in (".pth", ".pt", ".ckpt", ".bin", ".pkl"):
        raise WeightsError(
            f"weights file {path} may hold a pickle, which can run code when loaded, so it is not opened here.",
            hint=f"Convert it once: gsx weights import {path.name} --extractor NAME",
        )
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"weights file {path} is not a readable safetensors file: {error}") from error
    if expected_sha256 is not None and digest != expected_sha256:
        raise WeightsError(
            f"weights file {path} was changed: its sha256 is {digest[:16]}…, expected {expected_sha256[:16]}….",
            hint="Reinstall gsx, or fetch the weights again with gsx weights fetch.",
        )
    return WeightsFile(path, digest, metadata, weights_id)


def load_into(module: nn.Module, file: WeightsFile, *, who: str) -> None:
    """Load the tensors strictly: every key and shape has to fit.

    Raises:
        WeightsError: keys or shapes differ; the first few are named.
    """
    try:
        tensors = file.tensors()
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"weights file {file.path} cannot be read: {error}") from error
    fit(module, tensors, what=f"weights file {file.path}", who=who)


def fit(module: nn.Module, tensors: Mapping[str, Tensor], *, what: str, who: str) -> None:
    """Load tensors strictly; float16 becomes the module's own float32. Errors as :func:`load_into`."""
    own = module.state_dict()
    problems = [f"{key} is missing" for key in own.keys() - tensors.keys()]
    problems += [f"{key} is not known to it" for key in tensors.keys() - own.keys()]
    problems += [
        f"{key} has shape {tuple(tensors[key].shape)}, needed {tuple(own[key].shape)}"
        for key in own.keys() & tensors.keys()
        if own[key].shape != tensors[key].shape
    ]
    problems += [
        f"{key} holds {str(tensors[key].dtype).removeprefix('torch.')}"
        for key in own.keys() & tensors.keys()
        if own[key].is_floating_point() and not tensors[key].is_floating_point()
    ]
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise WeightsError(
            f"{what} does not fit {who}: {'; '.join(sorted(problems)[:3])}{more}.",
            hint="It was made for another network. gsx weights list shows which file belongs to which.",
        )
    broken = [key for key, value in tensors.items() if value.is_floating_point() and not torch.isfinite(value).all()]
    if broken:
        raise WeightsError(f"{what} holds NaN or infinite numbers in {broken[0]}.")
    module.load_state_dict(tensors)
