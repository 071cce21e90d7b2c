"""The most memory that a cell took."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import torch

from gsx.store.environment import peak_memory_mib
from gsx.store.process import give_back_memory

_RESET = Path("/proc/self/clear_refs")


class Peak:
    """Counts from its making on: on a GPU torch's own count, else the largest resident size of the process.

    Where the system cannot forget an earlier peak (not Linux), it is that of all cells of the worker so far.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        else:
            give_back_memory()  # what earlier cells freed: a process keeps up to 2 GiB of it
            with suppress(OSError):  # not Linux, or not allowed here
                _RESET.write_text("5", encoding="ascii")

    def mib(self) -> int:
        """In MiB."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) // 2**20
        return peak_memory_mib()
