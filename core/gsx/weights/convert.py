"""``gsx weights import``: a foreign state dict becomes a safetensors file of ours, without running what it may hold."""

from __future__ import annotations

import importlib
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from gsx.errors import StoreError, WeightsError
from gsx.specs.kinds import ExtractorSpec
from gsx.store.atomic import write_with
from gsx.weights.files import WeightsFile, fit, open_weights, save_weights

WRAPPERS = ("model", "state_dict", "model_state_dict", "params")
"""Keys under which training scripts put the state dict."""


@dataclass(frozen=True)
class Imported:
    """A converted file and where it came from."""

    file: WeightsFile
    source: Path


def read_foreign(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.pth`` (or ``.safetensors``) file by name.

    A pickle is read with ``weights_only=True``: tensors and plain containers, nothing that could run.

    Raises:
        WeightsError: missing, truncated, a pickle that holds code, or no state dict.
    """
    if not path.is_file():
        raise WeightsError(f"weights file {path} does not exist.")
    try:
        if path.suffix == ".safetensors":
            return _tensors(load_file(path), path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's remarks about old formats help nobody here
            return _tensors(torch.load(path, map_location="cpu", weights_only=True), path)
    except pickle.UnpicklingError as error:
        if "weights_only" in str(error).lower() or "weightsunpickler" in str(error).lower():
            raise WeightsError(
                f"weights file {path} holds more than tensors: objects that would run code when loaded. It is refused.",
                hint="Save it again where it comes from: torch.save(model.state_dict(), ...).",
            ) from error
        raise _damaged(path, error) from error
    except WeightsError:
        raise
    except Exception as error:  # On damaged files the unpickler raises nearly every kind there is.
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> WeightsError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WeightsError(
        f"weights file {path} is cut short, damaged, or no file of torch.save: {first[:160]}",
        hint="Copy or download it again.",
    )


def _tensors(found: Any, path: Path) -> dict[str, Tensor]:
    for key in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not found:
        raise WeightsError(f"weights file {path} holds no state dict (names and tensors).")
    state = {str(key): value for key, value in found.items() if isinstance(value, Tensor)}
    if not state:
        raise WeightsError(f"weights file {path} holds no tensors.")
    if all(key.startswith("module.") for key in state):  # DataParallel's prefix
        state = {key.removeprefix("module."): value for key, value in state.items()}
    return state


def convert(
    spec: ExtractorSpec, state: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A foreign state dict as tensors and header of ours, proved to fit the extractor.

    Raises:
        WeightsError: the extractor imports nothing, does not recognise it, or it does not fit.
    """
    tensors, metadata = recognised(spec, state, source=source)
    network = spec.load()(spec.options(), metadata)
    if isinstance(network, nn.Module):
        fit(network, tensors, what=source, who=f"extractor {spec.name!r}")
    return tensors, metadata


def recognised(
    spec: ExtractorSpec, state: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """As :func:`convert`, without the proof.

    Raises:
        WeightsError: the extractor imports nothing, or does not recognise it.
    """
    if spec.importer is None:
        raise WeightsError(
            f"extractor {spec.name!r} imports no foreign weights.", hint="gsx weights import --extractor takes another."
        )
    module, _, function = spec.importer.partition(":")
    result = getattr(importlib.import_module(module), function)(state)
    if result is None:
        some = ", ".join(list(state)[:4])
        raise WeightsError(
            f"{source} is not recognised as weights of extractor {spec.name!r}: its first names are {some}.",
            hint="Is it of another network? Choose it with --extractor.",
        )
    tensors = {key: value.detach().contiguous().clone() for key, value in result[0].items()}
    return tensors, {str(key): str(value) for key, value in result[1].items()}


def import_weights(path: Path, spec: ExtractorSpec, out: Path) -> Imported:
    """Convert ``path`` for an extractor and write ``out``, whole or not at all.

    Raises:
        WeightsError: see :func:`read_foreign` and :func:`convert`. StoreError: ``out`` exists or cannot be written.
    """
    if out.exists():
        raise StoreError(f"output {out} exists already, and nothing is ever overwritten.", hint="Choose another --out.")
    tensors, metadata = convert(spec, read_foreign(path), source=str(path))
    write_with(out, lambda temporary: save_weights(temporary, tensors, metadata))
    return Imported(open_weights(out), path)
