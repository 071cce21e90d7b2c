"""A finished training."""

import shutil

import pytest

from gsx.training.adversarial.train import train

from .training_toys import make_job


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Pictures, and a training on them that nothing interrupted."""
    folder = tmp_path_factory.mktemp("made")
    train(make_job(folder, out="whole"))
    return folder


@pytest.fixture
def whole(made, tmp_path):
    """A copy of that training in the test's own folder, with the same pictures."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "whole"
