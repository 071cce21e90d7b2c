"""Settings of the process that the command line runs in; a program that imports gsx keeps its own."""

from __future__ import annotations

import ctypes
import os
import platform

KEPT_BLOCK, KEPT = 2**30, 2**31 - 1
"""Bytes: freed blocks up to the one stay with the process, up to the other together."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of mallopt(3)."""


def prepare_process() -> None:
    """Threads that wait without spinning, and freed memory that is used again. The user's own choice holds.

    OpenMP's threads wait by spinning; on a busy machine they steal the cores they wait for, and a run on two cores took
    five times as long. Has to be set before torch is imported.

    glibc gives every large block back to the system when it is freed, and the next feature map has its pages handed out
    one by one again: 40 % of the time of stylising at 512 px and above, 5 to 17 % of a training step.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    chosen = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
    if platform.libc_ver()[0] == "glibc" and not any(name in os.environ for name in chosen):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, KEPT_BLOCK)
        library.mallopt(_TRIM_THRESHOLD, KEPT)


def give_back_memory() -> None:
    """Hand freed memory back to the system, so that what is measured next does not count it (glibc)."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
