"""A run folder exactly as ``gsx run`` writes it, made without running anything."""

import json
import math
from pathlib import Path

from gsx.images import decode, resize_longer, save_png
from gsx.samples import content_path, style_path

from .explanations import ALIGNMENT, LAYERS, make_explanations


def make_run(folder: Path, size: int = 128) -> Path:
    """Write a whole run folder with one of each kind of explanation."""
    content = resize_longer(decode(content_path("chelsea")).image, size)
    style = resize_longer(decode(style_path("swirling_oils")).image, size)
    height, width = content.shape[-2:]
    stylized = (0.6 * content + 0.4 * style[..., :height, :width]).clamp(0, 1)
    (folder / "inputs").mkdir(parents=True)
    save_png(content, folder / "inputs" / "content.png")
    save_png(style, folder / "inputs" / "style.png")
    save_png(stylized, folder / "stylized.png")
    explanations = make_explanations(folder, stylized[0])
    for record in explanations:
        put(folder, f"{record['folder']}/explanation.json", record)
    put(
        folder,
        "recipe.json",
        {
            "extractor": {"name": "vgg19", "weights": "bundled", "layers": None},
            "fusion": {"name": "adain", "alpha": 1.0},
            "generator": {"name": "pixels", "steps": 80, "style_weight": 3.0, "tv_weight": 0.05},
            "discriminator": {"name": None},
            "adversarial": {"name": None},
            "loss": [],
            "explainer": [{"name": "gradcam", "sign": "both", "score": ALIGNMENT, "unit": {"name": "layer"}}],
            "metric": [{"name": "content-distance", "layers": None}, {"name": "ssim"}],
            "input": {"content": None, "style": None},
            "run": {"size": size, "seed": 0, "device": "cpu"},
        },
    )
    put(
        folder,
        "env.json",
        {
            "gsx": "0.1.0",
            "plugins": ["gsx 0.1.0"],
            "python": "3.12.3",
            "platform": "Linux-6.8-x86_64-with-glibc2.39",
            "device": "cpu",
            "device_name": "x86_64",
            "cpu_count": 2,
            "threads": 2,
            "packages": {"torch": "2.9.0", "torchvision": "0.24.0", "kornia": "0.8.1", "numpy": "2.3.4"},
        },
    )
    put(
        folder,
        "inputs.json",
        {
            "content": {
                "file": "chelsea.png",
                "sha256": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
                "original_size": [451, 300],
                "size": [width, height],
                "mode": "RGB",
                "notes": ["EXIF orientation 6 applied", f"reduced from 451 x 300 to {width} x {height}"],
            },
            "style": {
                "file": "swirling_oils.jpg",
                "sha256": "0d6bd5a2b1a0a7c0f4c65d5b43bb6b1b3b7d0ed3d1a2ee93a4ab9d0fd0f3a3b5",
                "original_size": [512, 512],
                "size": [size, size],
                "mode": "RGB",
                "notes": [f"reduced from 512 x 512 to {size} x {size}"],
            },
        },
    )
    steps = [
        {
            "step": step,
            "loss": 9 * math.exp(-step / 14) + 0.31,
            "content": 0.02 + 0.18 * (1 - math.exp(-step / 9)),
            "style": 8.9 * math.exp(-step / 12) + 0.1,
            "tv": 0.011 + 0.008 * (1 - math.exp(-step / 20)),
        }
        for step in range(1, 81)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(step) + "\n" for step in steps), encoding="utf-8")
    put(folder, "result.json", _result(height, width, size, explanations))
    return folder


def put(folder: Path, name: str, value: object) -> None:
    """Write a JSON file of the run folder."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def get(folder: Path, name: str = "result.json"):
    """Read a JSON file of the run folder."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


def change(folder: Path, name: str = "result.json", /, **values: object) -> None:
    """Set keys of a JSON file; None removes one."""
    merged = {**get(folder, name), **values}
    put(folder, name, {key: value for key, value in merged.items() if value is not None})


def _result(height, width, size, explanations):
    raw = {"relu1_1": 0.00213, "relu2_1": 0.0142, "relu3_1": 0.0871, "relu4_1": 0.1523, "relu5_1": 0.411}
    shares = {"relu1_1": 0.021, "relu2_1": 0.033, "relu3_1": 0.064, "relu4_1": 0.121, "relu5_1": 0.334}
    lpips = (
        "its backbone's weights are not at /home/you/.cache/torch/hub/checkpoints/alexnet-owt-7be5be79.pth. "
        "Get them with `gsx weights fetch lpips-alex`."
    )
    return {
        "status": "done",
        "pair": {"content": "chelsea.png", "style": "swirling_oils.jpg", "label": "chelsea__swirling_oils"},
        "components": {"extractor": "vgg19", "fusion": "adain", "generator": "pixels"},
        "fingerprint": "5f0c8b2e3a7d4d1c9b8a70615243f4e3d2c1b0a99887766554433221100ffeed",
        "weights": {
            "extractor": {
                "id": "vgg19-slim",
                "file": "vgg19-slim.safetensors",
                "sha256": "ab34cd12ef56ab34cd12ef56ab34cd12ef56ab34cd12ef56ab34cd12ef56ab34",
            }
        },
        "fit": None,
        "notes": ["generator auto: pixels, for no checkpoint fits this extractor."],
        "chain": _chain(height, width, size),
        "metrics": [
            {
                "id": "content-distance",
                "name": "content-distance",
                "direction": "lower",
                "version": 1,
                "values": {"relu4_1": 0.2134, "mean": 0.2134},
            },
            {
                "id": "style-distance",
                "name": "style-distance",
                "direction": "lower",
                "version": 1,
                "values": {
                    **{f"raw.{layer}": value for layer, value in raw.items()},
                    "raw.mean": 0.1334,
                    **{f"normalised.{layer}": value for layer, value in shares.items()},
                    "normalised.mean": 0.1146,
                },
            },
            {"id": "ssim", "name": "ssim", "direction": "higher", "version": 1, "values": {"ssim": 0.6123}},
            {"id": "lpips", "name": "lpips", "direction": "lower", "version": 1, "skipped": lpips},
        ],
        "fusion_effect": {
            "mean_abs_difference": 0.0213,
            "content_to_result": 0.1502,
            "sees_style_otherwise": True,
        },
        "explanations": explanations,
        "seconds": {"stylise": 11.213, "metrics": 0.312, "fusion effect": 10.871, "explain": 3.42, "total": 26.4},
        "peak_memory_mib": 1311,
    }


def _chain(height, width, size):
    def shape(channels, high, wide, stride):
        return f"{channels}×{high // stride}×{wide // stride}"

    readers = {"relu4_1": "fusion 'adain' (content), fusion 'adain' (style), score 'style-alignment', unit 'layer'"}
    return [
        {"stage": "content", "gives": "image", "shape": f"3×{height}×{width}", "readers": ""},
        {"stage": "style", "gives": "image", "shape": f"3×{size}×{size}", "readers": ""},
        *(
            {
                "stage": "extractor vgg19",
                "gives": layer,
                "shape": f"{shape(channels, height, width, stride)}, style {shape(channels, size, size, stride)}",
                "readers": readers.get(layer, "generator 'pixels', score 'style-alignment'"),
            }
            for layer, (channels, stride) in LAYERS.items()
        ),
        {
            "stage": "fusion adain",
            "gives": "fused relu4_1",
            "shape": shape(512, height, width, 8),
            "readers": "generator 'pixels'",
        },
        {"stage": "generator pixels", "gives": "stylised image", "shape": f"3×{height}×{width}", "readers": ""},
    ]
