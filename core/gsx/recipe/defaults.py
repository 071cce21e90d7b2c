"""What a recipe says where nobody says otherwise."""

from __future__ import annotations

from typing import Any

COMPONENT_SECTIONS = ("extractor", "fusion", "generator", "discriminator", "adversarial")
LIST_SECTIONS = ("loss", "explainer", "metric")
SECTIONS = (*COMPONENT_SECTIONS, *LIST_SECTIONS, "input", "run", "train", "bench")

ABSENT: dict[str, Any] = {"name": None}
"""A component section that is not there: a run needs no discriminator."""


def training_defaults() -> dict[str, Any]:
    """The same for a training: a generator that learns, the losses of the bundled one, and nothing to explain after."""
    return defaults() | {
        "generator": {"name": "resnet"},
        "discriminator": {"name": "multiscale-patchgan", "norm": "none", "spectral_norm": True, "scales": 2},
        "adversarial": {"name": "hinge"},
        "loss": [
            {"name": "content", "target": "fused", "relative": True},
            {"name": "mean-std", "relative": True, "weight": 30.0},
            {"name": "gram", "relative": True, "weight": 10.0},
            {"name": "tv", "weight": 1.0},
        ],
        "explainer": [],
        "metric": [],
    }


def benchmark_metrics() -> list[str]:
    """What a benchmark measures where nobody says otherwise: those of a run, and those that compare across extractors.

    They look through a network that nothing optimised, and some are figures over all results of a cell.
    """
    return [entry["name"] for entry in defaults()["metric"]] + [
        "gram-distance",
        "style-retrieval",
        "kid",
        "artfid-like",
    ]


def defaults() -> dict[str, Any]:
    """A fresh raw recipe with every section."""
    return {
        "extractor": {"name": "vgg19"},
        "fusion": {"name": "adain"},
        "generator": {"name": "auto"},
        "discriminator": dict(ABSENT),
        "adversarial": dict(ABSENT),
        "loss": [],
        "explainer": [{"name": "gradcam"}],
        "metric": [
            {"name": "content-distance"},
            {"name": "style-distance"},
            {"name": "ssim"},
            {"name": "lpips"},
        ],
        "input": {},
        "run": {},
        "train": {},
        "bench": {},
    }
