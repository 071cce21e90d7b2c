"""How many cells this machine's processors can work on at a time."""

from __future__ import annotations

import os

MEMORY = 4 * 2**30
"""Bytes of the machine for each cell, where the user says nothing: one takes 1 to 2 GiB at 256 and 512 px."""


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cells_at_once() -> int:
    """One per core, as far as the memory goes.

    At the sizes of a benchmark two processes of one thread do nearly twice the work of one process of two.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(usable_cores(), memory // MEMORY))
