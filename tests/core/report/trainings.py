"""A training's folder as ``gsx train`` writes it, made without training anything."""

import json
from pathlib import Path

import torch

from gsx.images import save_png
from gsx.report import write_report


def gauge(name, value, healthy=None, **more):
    return {"name": name, "value": value, "healthy": healthy, "bound": "", "advice": "", "reason": "", **more}


def line(step, style, cosine):
    return {
        "step": step,
        "seconds": 2.0 * step,
        "phase": "C",
        "terms": {"mean-std": style, "content": 1.0},
        "numbers": {},
        "attribution": {
            "picture": {"norm": {}, "share": {}, "cosine": {}},
            "generator": {
                "norm": {},
                "share": {"mean-std": 0.7, "content": 0.3},
                "cosine": {"content | mean-std": cosine},
            },
        },
    }


def make_training(place: Path) -> Path:
    """A training of 20 of 40 steps."""
    (place / "checkpoints" / "00000020").mkdir(parents=True)
    (place / "recipe.json").write_text(
        json.dumps({"generator": {"name": "unet"}, "fusion": {"name": "adain"}, "train": {"steps": 40}})
    )
    lines = [line(step, 21.0 - step, -0.6) for step in range(1, 21)]
    gauges = [gauge("style retrieval", 0.9, True), gauge("diversity", None, reason="no pictures")]
    rewrite(place, [*lines, {"step": 20, "gauges": gauges}])
    (place / "sheets").mkdir()
    for step in range(1, 8):
        save_png(torch.rand(1, 3, 8, 8), place / "sheets" / f"{step:08d}.png")
    return place


def rewrite(folder, lines):
    """Write metrics.jsonl anew."""
    (folder / "metrics.jsonl").write_text("".join(json.dumps(item) + "\n" for item in lines))


def note(folder, *lines):
    """Add lines to metrics.jsonl."""
    with (folder / "metrics.jsonl").open("a") as stream:
        stream.writelines(json.dumps(item) + "\n" for item in lines)


def change(folder, name="recipe.json", **values):
    """Set keys of a JSON file."""
    file = folder / name
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def page_of(folder):
    return write_report(folder).read_text(encoding="utf-8")
