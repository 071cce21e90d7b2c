"""A run folder to report on: one that stays whole, and a copy of it to spoil."""

import shutil
from pathlib import Path

import pytest

from .runs import make_run
from .trainings import make_training


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    """One run folder, not to be changed."""
    return make_run(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture
def run(pristine, tmp_path):
    """A copy of it to spoil."""
    return Path(shutil.copytree(pristine, tmp_path / "run"))


@pytest.fixture
def folder(tmp_path):
    """A training of 20 steps, not yet finished."""
    return make_training(tmp_path / "trained")
