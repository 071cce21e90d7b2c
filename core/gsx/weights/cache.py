"""The folder of this user's downloaded weights and fitted maps."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """``GSX_CACHE`` where set, else the platform's user cache folder for gsx. Not created here."""
    chosen = os.environ.get("GSX_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("gsx", appauthor=False))


def fetched_path(weights_id: str) -> Path:
    """Where ``gsx weights fetch`` puts the weights of that id."""
    return cache_folder() / "weights" / f"{weights_id}.safetensors"
