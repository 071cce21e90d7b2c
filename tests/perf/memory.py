"""Peak memory of a program, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

# Not ru_maxrss: a child's starts at its parent's size (exec keeps it), VmHWM does not.
_PEAK = """
import sys
{work}
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) // 1024)
"""

needs_proc = pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="peak memory is read from Linux's /proc"
)


def peak(alone: Callable[..., subprocess.CompletedProcess[str]], work: str, *arguments: str) -> int:
    """MiB that Python held at most while it did ``work``, its libraries included; ``alone``: the fixture."""
    return int(alone("-c", _PEAK.format(work=work), *arguments).stdout.split()[-1])
