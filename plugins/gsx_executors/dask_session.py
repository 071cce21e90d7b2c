"""Preloaded by the dask workers of a trial: Ctrl-C is for the program that started them, which then ends them."""

from __future__ import annotations

import os
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by dask when a worker starts: leave the terminal's group of processes, all of which get its Ctrl-C."""
    if hasattr(os, "setsid"):
        os.setsid()
