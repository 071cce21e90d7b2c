"""The peak of a cell is its own, in a process that earlier cells have used."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from gsx.store.process import prepare_process
prepare_process()
from gsx.bench.peak import Peak

device = torch.device("cpu")
before = Peak(device)
held = [torch.ones(2**23) for _ in range(24)]  # 768 MiB, of an earlier cell
top = before.mib()
del held
print(top, Peak(device).mib())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another system cannot forget a peak")
def test_what_an_earlier_cell_freed_does_not_count():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    earlier, own = map(int, ran.stdout.split())
    assert earlier - own > 600
