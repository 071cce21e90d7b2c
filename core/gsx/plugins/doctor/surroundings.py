"""What belongs to the whole process, and that importing a plugin must leave as it is."""

from __future__ import annotations

import os
import random
import signal
import sys
import warnings
from collections.abc import Mapping
from typing import Any


def surroundings() -> dict[str, Any]:
    """Name -> value, or a mapping of parts to values, in which case a change is told by its parts."""
    return {
        "the working directory": os.getcwd(),
        "the environment": dict(os.environ),
        "sys.path": dict.fromkeys(sys.path, "there"),
        "import hooks": {type(finder).__name__: id(finder) for finder in (*sys.meta_path, *sys.path_hooks)},
        "warnings filters": [str(rule) for rule in warnings.filters],
        "signal handlers": {getattr(one, "name", str(one)): signal.getsignal(one) for one in signal.valid_signals()},
        "the random state of Python": random.getstate(),
        "tracing": (sys.gettrace(), sys.getprofile()),
        "the recursion limit": sys.getrecursionlimit(),
        "standard streams": {name: id(getattr(sys, name)) for name in ("stdin", "stdout", "stderr")},
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs, with its parts where it has some: ``["the environment (OMP_NUM_THREADS)"]``."""
    found = []
    for what, was in before.items():
        is_now = after[what]
        if was == is_now:
            continue
        parts = []
        if isinstance(was, Mapping):
            parts = sorted(str(part) for part in was.keys() | is_now.keys() if was.get(part) != is_now.get(part))
        found.append(f"{what} ({', '.join(parts)})" if parts else what)
    return found
