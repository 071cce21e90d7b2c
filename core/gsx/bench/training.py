"""A cell that trains its generator before it is measured."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from gsx.pipeline.load import load
from gsx.store.atomic import store_error
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.train import train
from gsx.training.processes import Processes
from gsx.weights.header import GENERATOR_FILE

_CARD = "card.json"


def trained(job: Mapping[str, Any], place: Path, device: torch.device) -> dict[str, Any]:
    """Train the generator of a cell, going on where an earlier call was stopped, and keep it with its card.

    Args:
        place: gets ``generator.safetensors`` and ``card.json``.

    Returns:
        The cell's recipe with that generator, for :func:`gsx.pipeline.load.load`.

    Raises:
        GsxError: as :func:`gsx.training.adversarial.train.train` raises.
    """
    recipe, folder = job["recipe"], Path(job["training"])
    if not (folder / _CARD).is_file():
        pictures = {role: job["train"][role] for role in ("content", "style")}
        loaded = load(tables={**recipe, "input": pictures}, training=True)
        begun = folder.is_dir() and any(folder.iterdir())
        train(TrainJob(loaded, folder, Processes(device), command="gsx bench"), resume=begun)
    try:
        place.mkdir()
        for name in (GENERATOR_FILE, _CARD):
            shutil.copy(folder / name, place / name)
    except OSError as error:
        raise store_error(place, error) from error
    return {**recipe, "generator": {**recipe["generator"], "weights": str(folder)}}
