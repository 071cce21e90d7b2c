"""A benchmark folder: one that stays whole, and a copy of it to spoil."""

import shutil
from pathlib import Path

import pytest

from .benches import make_bench


@pytest.fixture(scope="session")
def pristine_bench(tmp_path_factory):
    """Two fusions × two strengths, 3 seeds, 2 × 2 pictures, both controls; not to be changed."""
    return make_bench(tmp_path_factory.mktemp("bench") / "bench")


@pytest.fixture
def bench(pristine_bench, tmp_path):
    """A copy of it to spoil."""
    return Path(shutil.copytree(pristine_bench, tmp_path / "bench"))
