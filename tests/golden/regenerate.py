"""The figures of one small run, and the command that stores them: python tests/golden/regenerate.py

Run it after a change that is meant to change results, read the differences that it prints, and commit expected.json
with the change.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from gsx.images.pairs import make_pairs
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.run.job import run_pair
from gsx.samples import content_path, style_path

EXPECTED = Path(__file__).with_name("expected.json")
RECIPE: dict[str, Any] = {
    "extractor": {"name": "vgg19"},
    "fusion": {"name": "adain"},
    # Eight: after some more, noise of one rounding error moves single figures by 20 %, and no tolerance would help.
    "generator": {"name": "pixels", "iterations": 8},
    "explainer": [{"name": "gradcam"}],
    "metric": [{"name": "content-distance"}, {"name": "style-distance"}, {"name": "ssim"}],
    "run": {"size": 64, "seed": 0, "device": "cpu"},
}


def figures() -> dict[str, float]:
    """Run coffee + mosaic with the bundled weights, and read its folder."""
    (pair,) = make_pairs([content_path("coffee")], [style_path("mosaic")])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        result = run_pair(build_pipeline(load(tables=RECIPE)), pair, out, other_style=style_path("pop_art"))
        steps = [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        picture = load_file(out / "stylized.safetensors")["stylized"]
    (explanation,) = result["explanations"]
    (heat,) = explanation["maps"]
    found = {f"first {name}": value for name, value in steps[0].items() if name != "step"}
    found |= {f"last {name}": value for name, value in steps[-1].items() if name != "step"}
    found |= {
        f"{metric['id']} {name}": value for metric in result["metrics"] for name, value in metric["values"].items()
    }
    found |= {f"mean {colour}": value for colour, value in zip("rgb", picture.mean((0, 2, 3)).tolist(), strict=True)}
    found |= {
        "picture deviation": picture.std().item(),
        "fusion effect": result["fusion_effect"]["mean_abs_difference"],
        "style-alignment": explanation["provenance"]["score"][0],
        "heat minimum": heat["minimum"],
        "heat maximum": heat["maximum"],
        "heat positive share": heat["positive_share"],
        "heat correlation with another style": heat["contrast"]["correlation"],
    }
    return {name: float(f"{value:.6g}") for name, value in found.items()}


def main() -> None:
    old = json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
    new = figures()
    EXPECTED.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            print(f"{name}: {old.get(name)} -> {new.get(name)}")


if __name__ == "__main__":
    main()
