"""env.json: what a run ran on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

import gsx

PACKAGES = ("torch", "torchvision", "kornia", "torchmetrics", "lpips", "numpy", "pillow", "pydantic", "pluggy")


def environment(device: torch.device, distributions: Iterable[str]) -> dict[str, Any]:
    """Versions, machine and device, JSON-ready.

    Args:
        distributions: ``"name version"`` of each plugin distribution that took part.
    """
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "gsx": gsx.__version__,
        "plugins": sorted(set(distributions)),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": str(device),
        "device_name": name,
        "cpu_count": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def peak_memory_mib() -> int:
    """The largest resident size of this process so far, in MiB."""
    try:
        # Linux: ru_maxrss survives exec, so it may be that of the program that started us.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("VmHWM:")[1].split()[0]) // 2**10
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # In bytes on macOS, in KiB elsewhere.
        return peak // (2**20 if sys.platform == "darwin" else 2**10)
