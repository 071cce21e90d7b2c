"""What a recipe says where nobody says otherwise."""

from __future__ import annotations

from typing import Any

COMPONENT_SECTIONS = ("extractor", "fusion", "generator", "discriminator", "adversarial")
LIST_SECTIONS = ("loss", "explainer", "metric")
SECTIONS = (*COMPONENT_SECTIONS, *LIST_SECTIONS, "input", "run", "train")

ABSENT: dict[str, Any] = {"name": None}
"""A component section that is not there: a run needs no discriminator."""


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
    }
