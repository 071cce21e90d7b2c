"""A checkpoint says of which maps it is: of weights, and of the extractor's further options."""

import json

import pytest
import torch

from gsx.errors import WeightsError
from gsx.pipeline.load import load
from gsx.training.adversarial.header import generator_header
from gsx.weights.choose import check_fits, map_options
from gsx.weights.files import save_weights
from gsx.weights.header import read_generator_header

LEVELS = ("relu4_1",)
STORED = {
    "generator": {"name": "resnet"},
    "discriminator": None,
    "levels": list(LEVELS),
    "extractor": "vgg19",
    "extractor_sha256": "a" * 64,
}


def header(tmp_path, **fields):
    path = tmp_path / "generator.safetensors"
    save_weights(path, {"x": torch.zeros(1)}, {"gsx.generator": json.dumps({**STORED, **fields})})
    return read_generator_header(path)


def test_one_that_says_nothing_is_of_the_defaults(tmp_path):
    old = header(tmp_path)
    assert old.extractor_options == {}
    check_fits(old, LEVELS, "a" * 64, {})
    with pytest.raises(WeightsError, match="with the defaults, and these are of one with smoothing=softmax"):
        check_fits(old, LEVELS, "a" * 64, {"smoothing": "softmax"})


def test_one_of_smoothed_maps_wants_them(tmp_path):
    smooth = header(tmp_path, extractor_options={"smoothing": "softmax"})
    check_fits(smooth, LEVELS, "a" * 64, {"smoothing": "softmax"})
    with pytest.raises(WeightsError, match="with smoothing=softmax, and these are of one with the defaults"):
        check_fits(smooth, LEVELS, "a" * 64, {})


def test_what_a_training_writes_is_what_a_run_compares():
    tables = {"extractor": {"name": "vgg19", "smoothing": "softmax", "weights": "random"}}
    recipe = load(tables=tables, training=True).recipe

    class Networks:
        levels, extractor_file = LEVELS, None

    written = json.loads(json.dumps(generator_header(recipe, Networks())))  # type: ignore[arg-type]
    assert written["extractor_options"] == map_options(recipe.parts.extractor) == {"smoothing": "softmax"}
