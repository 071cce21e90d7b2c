"""What the command line sets for its process, and what it leaves to the user."""

import os
import platform
import subprocess
import sys

import pytest

COUNTS = """
import resource, torch
from gsx.store.process import prepare_process
prepare_process()
torch.empty(2**24).fill_(1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(40):
    torch.empty(2**24).fill_(1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**variables):
    given = {key: value for key, value in os.environ.items() if not key.startswith(("MALLOC_", "GLIBC_"))}
    command = [sys.executable, "-c", COUNTS]
    return int(subprocess.run(command, env={**given, **variables}, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_freed_memory_is_used_again():
    """Forty tensors of 64 MiB one after the other: the pages of a few of them, or of each."""
    assert faults() < 0.25 * faults(MALLOC_MMAP_THRESHOLD_="1048576")
