"""Benchmark folders made of nothing but numbers, for what reads them."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
from PIL import Image

CONTENTS = ("astronaut", "coffee")
STYLES = ("swirls", "mosaic")
METRICS = [
    {
        "id": "style-distance",
        "name": "style-distance",
        "summary": "How far the result's statistics are from the style's.",
        "scope": "pair",
        "direction": "lower",
        "version": 1,
        "preprocessing": "vgg16 0a1b2c3d, 64 px",
    },
    {
        "id": "ssim",
        "name": "ssim",
        "summary": "How much of the content's structure is kept.",
        "scope": "pair",
        "direction": "higher",
        "version": 2,
        "preprocessing": "pixels, 64 px",
    },
    {
        "id": "kid",
        "name": "kid",
        "summary": "Distance of distributions.",
        "scope": "set",
        "direction": "lower",
        "version": 1,
        "preprocessing": "vgg16 0a1b2c3d, 64 px",
    },
]


def make_bench(
    folder: Path,
    axes=None,
    seeds=(0, 1, 2),
    contents=CONTENTS,
    styles=STYLES,
    *,
    data="d" * 64,
    controls=True,
    explain=True,
    pictures=True,
    noise=0.01,
    value=None,
    picture_size=64,
    pictured=10**9,
):
    """A benchmark of all combinations of ``axes``, done, and return ``folder``.

    ``value(metric, coordinates, seed, content, style)`` gives the figure; by default the mean falls with each axis'
    place, contents and styles differ, and ``noise`` is added, the same at each call. Cells past the first ``pictured``
    have no pictures.
    """
    axes = axes or {"fusion": ["adain", "wct"], "fusion.alpha": [0.5, 1.0]}
    random = np.random.default_rng(0)
    pairs = [{"label": f"{c}__{s}", "content": c, "style": s} for c, s in itertools.product(contents, styles)]
    (folder / "cells").mkdir(parents=True, exist_ok=True)
    asked = []
    for role, names in (("content", contents), ("style", styles)):
        entries = []
        for number, name in enumerate(names):
            place = f"pictures/{role}/{number}-{name[:8]}.png"
            if pictures:
                paint(folder / place, (role, name), picture_size)
            entries.append({"name": name, "file": f"{name}.png", "sha256": "ab" * 32, "picture": place})
        asked.append(entries)
    keys = []

    def default(metric, coordinates, seed, content, style):
        place = sum(
            list(axes[axis]).index(at) / max(1, len(axes[axis]) - 1) for axis, at in coordinates.items() if axis in axes
        )
        base = 0.6 - 0.1 * place + 0.05 * contents.index(content) + 0.03 * styles.index(style)
        return base * (1 if metric != "ssim" else 0.9) + noise * float(random.standard_normal())

    value = value or default
    plans = [
        (None, dict(zip(axes, at, strict=True)), seed) for at in itertools.product(*axes.values()) for seed in seeds
    ]
    if controls:
        plans = [("content", {}, 0), ("style", {}, 0), *plans]
    for number, (control, coordinates, seed) in enumerate(plans):
        with_pictures = pictures and number < pictured
        keys.append(
            put_cell(
                folder,
                control,
                coordinates,
                seed,
                pairs,
                value,
                data,
                explain and not control,
                with_pictures,
                picture_size,
            )
        )
    bench = {
        "format": 1,
        "gsx": "0.1.0",
        "started": "2026-11-24T03:00:00",
        "command": "gsx bench --fusion adain,wct",
        "axes": axes,
        "seeds": list(seeds),
        "data": data,
        "size": 64,
        "contents": asked[0],
        "styles": asked[1],
        "pairs": pairs,
        "cells": keys,
        "calls": [{"started": "2026-11-24T03:00:00", "data": data, "cells": len(keys)}],
    }
    put(folder / "bench.json", bench)
    return folder


def put_cell(folder, control, coordinates, seed, pairs, value, data, explain, pictures, picture_size=64):
    """One done cell; its key."""
    key = key_of(control, coordinates, seed, data)
    place = folder / "cells" / key
    made = []
    for pair in pairs:
        figures = {}
        for metric in METRICS[:2]:
            one = value(metric["id"], coordinates, seed, pair["content"], pair["style"])
            figures[metric["id"]] = (
                {"ssim": one} if metric["id"] == "ssim" else {"raw.mean": 3 * one, "normalised.mean": one}
            )
        explanations = []
        if explain:
            name = f"explanations/{pair['label']}/gradcam-style-picture-gradcam"
            explanations.append(
                {
                    "id": "gradcam",
                    "folder": name,
                    "explainer": "gradcam",
                    "score": "style-match",
                    "unit": "picture",
                    "status": "done",
                    "null": False,
                    "error": None,
                    "seconds": 0.5,
                    "evaluations": 33,
                    "card": {"deletion": {"value": 0.2, "verdict": "pass"}, "seeds": {"value": None, "verdict": "n/a"}},
                    "picture": "overlay.png",
                }
            )
            if pictures:
                paint(place / name / "overlay.png", (key, pair["label"], "heat"), picture_size)
        if pictures:
            paint(place / "pictures" / f"{pair['label']}.png", (key, pair["label"]), picture_size)
        picture = f"pictures/{pair['label']}.png"
        made.append(
            {
                **pair,
                "picture": picture,
                "seconds": cost(coordinates)[0],
                "figures": figures,
                "missing": {},
                "explanations": explanations,
            }
        )
    put(
        place / "result.json",
        {
            **heads(key, "done", control, coordinates, seed, data),
            "weights": {"extractor": {"id": "vgg19-slim", "sha256": "1c637d22" * 8}, "generator": None},
            "notes": [],
            "metrics": METRICS,
            "pairs": made,
            "set": {"kid": {"mean": 0.02, "low": 0.01, "high": 0.03}},
            "set_missing": {},
            "cost": {"seconds_per_pair": cost(coordinates)[0], "peak_memory_mib": cost(coordinates)[1]},
            "seconds": {"load": 0.1, "stylise": 4.2, "metrics": 1.2, "explain": 0.0, "total": 5.6},
            "worker": {"host": "here", "device": "cpu", "device_name": "x86_64", "threads": 1, "pid": 1},
        },
    )
    put(place / "recipe.json", {"fusion": coordinates, "run": {"seed": seed}})
    return key


def cost(coordinates):
    """Seconds per pair and MiB: the same for the same combination."""
    digest = hashlib.sha256(json.dumps(coordinates, sort_keys=True).encode()).digest()
    return 0.2 + digest[0] / 256, 600 + 2 * digest[1]


def put_failed(folder, coordinates, seed=0, status="skipped", reason="because it does not fit", data="d" * 64):
    """A cell without figures; its key."""
    key = key_of(None, coordinates, seed, data)
    result = {**heads(key, status, None, coordinates, seed, data), "reason": reason}
    put(folder / "cells" / key / "result.json", result)
    return key


def heads(key, status, control, coordinates, seed, data):
    """What every result.json begins with."""
    return {
        "format": 1,
        "key": key,
        "status": status,
        "reason": None,
        "control": control,
        "coordinates": coordinates,
        "seed": seed,
        "label": ", ".join(f"{axis} {at}" if "." in axis else str(at) for axis, at in coordinates.items()),
        "components": {
            "extractor": "vgg19",
            "fusion": coordinates.get("fusion", "adain"),
            "generator": "resnet",
            "discriminator": None,
        },
        "fingerprint": hashlib.sha256(key.encode()).hexdigest(),
        "data": data,
        "size": 64,
        "started": "2026-11-24T03:00:00",
    }


def key_of(control, coordinates, seed, data="d" * 64):
    """16 hex digits."""
    text = json.dumps([control, coordinates, seed, data], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def put(file: Path, value):
    """Write JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")


def change(folder: Path, cell: str, /, **parts):
    """Set parts of a cell's result.json."""
    file = folder / "cells" / cell / "result.json"
    put(file, {**json.loads(file.read_text(encoding="utf-8")), **parts})


def paint(file: Path, seed: object, size=64):
    """A small picture that differs by ``seed``."""
    random = np.random.default_rng(int(hashlib.sha256(repr(seed).encode()).hexdigest()[:8], 16))
    low = Image.fromarray(random.integers(0, 255, (4, 4, 3), dtype=np.uint8))
    file.parent.mkdir(parents=True, exist_ok=True)
    low.resize((size, size), Image.Resampling.BICUBIC).save(file)
