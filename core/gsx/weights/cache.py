"""The folder of this user's downloaded weights and fitted maps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from gsx.weights.registry import WeightsEntry


def cache_folder() -> Path:
    """``GSX_CACHE`` where set, else the platform's user cache folder for gsx. Not created here."""
    chosen = os.environ.get("GSX_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("gsx", appauthor=False))


def fetched_path(weights_id: str) -> Path:
    """Where ``gsx weights fetch`` puts the weights of that id."""
    return cache_folder() / "weights" / f"{weights_id}.safetensors"


def hub_file(entry: WeightsEntry) -> Path:
    """Where torch.hub (and so ``lpips``) keeps the download of an entry: ``torch.hub.get_dir()``, without torch."""
    assert entry.file is not None
    base = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    return Path(base).expanduser() / "hub" / "checkpoints" / entry.file


def hash_in_name(file: str) -> str:
    """The start of the sha256 that torchvision puts into its names: ``397923af`` of ``vgg16-397923af.pth``."""
    return file.rpartition(".")[0].rpartition("-")[2]
