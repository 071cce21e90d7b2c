"""One pair of pictures, the folder of its run, and a pipeline to run it."""

import pytest

from gsx.images import save_png
from gsx.images.pairs import Pair
from gsx.testing import picture

from .run_toys import build


@pytest.fixture(scope="module")
def pipeline():
    return build()


@pytest.fixture
def pair(tmp_path):
    save_png(picture(1, (40, 36), seed=1), tmp_path / "content.png")
    save_png(picture(1, (50, 60), seed=2), tmp_path / "style.png")
    return Pair(tmp_path / "content.png", tmp_path / "style.png", "content__style")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "runs" / "out"
