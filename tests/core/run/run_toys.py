"""A run that takes a fraction of a second."""

import json

from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load

TABLES = {
    "extractor": {"name": "vgg19-slim", "widths": [4, 4, 4, 4, 4]},
    "generator": {"name": "pixels", "iterations": 2},
    "metric": [{"name": "ssim"}],
    "run": {"size": 40, "fusion_effect": False},
}


def build(**sections):
    """A pipeline of these tables, with other sections laid over them."""
    return build_pipeline(load(tables={**TABLES, **sections}))


def read(out, name="result.json"):
    """One JSON file of a run's folder."""
    return json.loads((out / name).read_text(encoding="utf-8"))
