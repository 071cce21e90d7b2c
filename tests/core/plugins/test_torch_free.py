"""Starting, listing and describing plugins imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "kornia", "lpips", "matplotlib", "skimage", "torchmetrics", "scipy", "numpy")

WATCHED = """
import sys
try:
    {code}
except SystemExit as end:
    assert not end.code, end.code
print("\\nheavy:", *(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize(
    "code",
    [
        "import gsx, gsx.api, gsx.testing",
        "from gsx.plugins import installed_catalog; assert list(installed_catalog().offers('fusion'))",
        "from gsx.cli.main import main; main(['--help'])",
        "from gsx.cli.main import main; main(['plugins', 'list'])",
        "from gsx.cli.main import main; main(['plugins', 'show', 'adain'])",
        "from gsx.cli.main import main; main(['plugins', 'search', 'swd'])",
        "from gsx.cli.main import main; main(['schema'])",
        "from gsx.cli.main import main; main(['--version'])",
    ],
)
def test_nothing_heavy_is_imported(code: str):
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(code=code, heavy=HEAVY)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy:"
