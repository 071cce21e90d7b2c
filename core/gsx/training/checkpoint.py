"""Checkpoints of a training: tensors as safetensors, everything else as JSON, each folder renamed into place whole."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gsx.errors import StoreError, WeightsError
from gsx.store.atomic import write_json
from gsx.store.run_folder import staged

KEPT = 2
"""The newest checkpoints that stay."""

FORMAT = 3


@dataclass(frozen=True)
class Checkpoint:
    """What a training is taken up from.

    ``state`` is JSON-ready: ``step`` and whatever the training put in. ``tensors``: file -> name -> tensor.
    """

    path: Path
    state: dict[str, Any]
    tensors: dict[str, dict[str, Tensor]]

    @property
    def step(self) -> int:
        return int(self.state["step"])

    def __getitem__(self, key: str) -> Any:
        """What the training put in under ``key``.

        Raises:
            WeightsError: it is not there.
        """
        try:
            return self.state[key]
        except KeyError as error:
            raise damaged(self.path, error) from error


def write_checkpoint(
    run: Path,
    step: int,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    state: Mapping[str, Any],
    strings: Mapping[str, Mapping[str, str]] | None = None,
    spared: int | None = None,
) -> Path:
    """Write ``run/checkpoints/<step>/`` whole, then drop all but the newest :data:`KEPT`, and one from before.

    Args:
        modules, optimizers: by the name of the file that each gets.
        strings: for the header of such a file.
        spared: the newest checkpoint up to this step stays too.

    Raises:
        StoreError: the disk is full, or the folder cannot be written; nothing half-written is left.
    """
    path = run / "checkpoints" / f"{step:08d}"
    if path.exists():
        return path
    with staged(path) as stage:
        try:
            files = {
                **{name: _plain(module.state_dict()) for name, module in modules.items()},
                **{name: flat_optimizer(optimizer) for name, optimizer in optimizers.items()},
                "random": _random_tensors(),
            }
            for name, tensors in files.items():
                file = stage / f"{name}.safetensors"
                file.touch()  # who may read it is for the user's umask to say, and not for safetensors with its 0600
                mode = file.stat().st_mode & 0o777
                save_file(tensors, file, dict((strings or {}).get(name, {})) or None)
                file.chmod(mode)
        except (OSError, SafetensorError) as error:
            raise StoreError(f"checkpoint {path} cannot be written: {error}.", hint="Free some space.") from error
        hashes = {f"{name}.safetensors": _sha256(stage / f"{name}.safetensors") for name in files}
        write_json(
            stage / "state.json",
            {"format": FORMAT, "step": step, **state, "random": _random_numbers(), "sha256": hashes},
        )
    # The half-written ones are what a kill or a power cut left.
    folders = _folders(run)
    before = [folder for folder in folders if spared is not None and int(folder.name) <= spared]
    stay = {*folders[-KEPT:], *before[-1:]}
    for left in [*(folder for folder in folders if folder not in stay), *path.parent.glob(".*.partial")]:
        shutil.rmtree(left, ignore_errors=True)
    return path


def newest_checkpoint(run: Path) -> Checkpoint | None:
    """The checkpoint to go on from; None where there is none.

    Raises:
        WeightsError: it was damaged or is of another version.
    """
    folders = _folders(run)
    if not folders:
        return None
    path = folders[-1]
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        if state["format"] != FORMAT:
            raise ValueError(f"format {state['format']}, not {FORMAT}")
        if int(state["step"]) != int(path.name):
            raise ValueError(f"state.json is of step {state['step']}")
        tensors = {}
        for name, digest in state["sha256"].items():
            if not (path / name).is_file() or _sha256(path / name) != digest:
                raise ValueError(f"{name} was changed since it was written")
            tensors[Path(name).stem] = load_file(path / name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SafetensorError) as error:
        raise damaged(path, error) from error
    return Checkpoint(path, state, tensors)


def steps_kept(run: Path) -> list[int]:
    """The steps of the checkpoints that are there, the newest last."""
    return [int(folder.name) for folder in _folders(run)]


def damaged(path: Path, error: Exception) -> WeightsError:
    """What is said of a checkpoint that cannot be used."""
    missing = isinstance(error, KeyError)
    reason = f"{error} is missing in state.json" if missing else f"{type(error).__name__}: {error}"
    return WeightsError(
        f"checkpoint {path} cannot be read: {reason}.", hint="Remove that folder to go on from the one before it."
    )


def restore(
    checkpoint: Checkpoint, modules: Mapping[str, nn.Module], optimizers: Mapping[str, torch.optim.Optimizer]
) -> None:
    """Put networks, optimisers and random states back, bit for bit.

    Raises:
        WeightsError: the checkpoint is of another network, or a file of it is missing.
    """
    try:
        for name, module in modules.items():
            module.load_state_dict(checkpoint.tensors[name])
        for name, optimizer in optimizers.items():
            fill_optimizer(optimizer, checkpoint.tensors[name])
        states = checkpoint.tensors["random"]
        torch.set_rng_state(states["torch"])
    except (RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
        raise WeightsError(
            f"checkpoint {checkpoint.path} is incomplete or of another network: {str(error)[:300]}",
            hint="Remove that folder to go on from the one before it.",
        ) from error
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    try:
        numbers = checkpoint.state["random"]
        version, inside, gauss = numbers["python"]
        random.setstate((version, tuple(inside), gauss))
        name, place, has_gauss, cached = numbers["numpy"]
        np.random.set_state((name, states["numpy"].numpy().astype(np.uint32), place, has_gauss, cached))
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise damaged(checkpoint.path, error) from error


def flat_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors under ``<parameter number>.<name>``; its numbers (rates) belong to the schedule."""
    return {
        f"{number}.{key}": value.detach().cpu().contiguous().clone()
        for number, entries in optimizer.state_dict()["state"].items()
        for key, value in entries.items()
    }


def fill_optimizer(optimizer: torch.optim.Optimizer, flat: Mapping[str, Tensor]) -> None:
    """Undo :func:`flat_optimizer`.

    Raises:
        ValueError: a tensor is of another shape than its parameter, or some of one parameter's are missing.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for path, value in flat.items():
        number, _, key = path.partition(".")
        like = parameters[int(number)]
        # In the parameter's own order of memory, so that the same instructions run as without the interruption.
        if value.shape == like.shape:
            value = torch.empty_like(like, requires_grad=False).copy_(value)
        elif value.ndim:
            raise ValueError(f"{path} has shape {tuple(value.shape)}, and its parameter {tuple(like.shape)}")
        state.setdefault(int(number), {})[key] = value
    if len({frozenset(entries) for entries in state.values()}) > 1:
        raise ValueError("some numbers of the optimiser are missing")
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _folders(run: Path) -> list[Path]:
    parent = run / "checkpoints"
    named = [path for path in parent.glob("[0-9]*") if re.fullmatch(r"\d{8,}", path.name) and path.is_dir()]
    return sorted(named, key=lambda path: int(path.name))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    # Contiguous: a network in channels_last keeps its numbers in another order, which the file does not record.
    return {key: value.detach().cpu().contiguous().clone() for key, value in state.items()}


def _random_tensors() -> dict[str, Tensor]:
    inside: Any = np.random.get_state(legacy=True)[1]  # type: ignore[index]
    tensors = {"torch": torch.get_rng_state(), "numpy": torch.from_numpy(np.asarray(inside).astype(np.int64))}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    return tensors


def _random_numbers() -> dict[str, Any]:
    version, inside, gauss = random.getstate()
    name, _, place, has_gauss, cached = np.random.get_state(legacy=True)
    return {"python": [version, list(inside), gauss], "numpy": [str(name), int(place), int(has_gauss), float(cached)]}
