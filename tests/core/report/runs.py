"""A run folder exactly as ``gsx run`` writes it, made without running anything."""

import json
import math
from pathlib import Path

import torch

from gsx.explaining.view import overlay, scale_of
from gsx.images import decode, resize_longer, save_png
from gsx.samples import content_path, style_path

LAYERS = {"relu1_1": (64, 1), "relu2_1": (128, 2), "relu3_1": (256, 4), "relu4_1": (512, 8), "relu5_1": (512, 16)}
ALIGNMENT = {"name": "style-alignment", "layers": None}
HIGHER = "more like the style: 0 has the content's statistics, 1 the style's"


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
    explanations = [
        _gradcam(folder, stylized[0]),
        _ablation("layers"),
        _ablation("channels"),
        _null(),
        _error(),
    ]
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


def _record(explainer, unit, **values):
    name = explainer.get("id", explainer["name"])
    return {
        "folder": f"explanations/{explainer['name']}-style-alignment-{unit['name']}-{name}",
        "explainer": explainer,
        "score": ALIGNMENT,
        "unit": unit,
        "score_higher": HIGHER,
        "baseline": "content",
        "null": False,
        "null_reason": None,
        "notes": [],
        "values": [],
        "provenance": {"score": [0.7134]},
        "status": "done",
        "seconds": 0.412,
        **values,
    }


def _gradcam(folder, picture):
    high, wide = picture.shape[-2] // 8, picture.shape[-1] // 8
    rows, columns = torch.meshgrid(torch.linspace(-2, 2, high), torch.linspace(-3, 3, wide), indexing="ij")
    heat = 0.0031 * (torch.sin(2 * columns) * torch.cos(rows) + 0.25)
    other = 0.0031 * (torch.cos(2 * rows) * torch.cos(columns))
    record = _record(
        {"name": "gradcam", "sign": "both"},
        {"name": "layer", "layer": None, "role": "stylized"},
        notes=[f"Positive where features that raise the score fire ({HIGHER})."],
        provenance={"score": [0.7134], "mean_abs_gradient": 1.2e-5, "mean_abs_pooled_gradient": 3.1e-6},
    )
    place, scale = folder / record["folder"], scale_of(heat)
    place.mkdir(parents=True)
    save_png(overlay(heat, picture, scale), place / "gradcam.png")
    save_png(overlay(other, picture, scale), place / "gradcam-contrast.png")
    record["maps"] = [
        {
            "name": "gradcam",
            "label": "Grad-CAM at relu4_1",
            "on": "stylized",
            "picture": "gradcam.png",
            "scale": scale,
            "minimum": heat.min().item(),
            "maximum": heat.max().item(),
            "shape": [high, wide],
            "positive_share": 0.6213,
            "contrast": {
                "style": "woodcut_waves",
                "null": False,
                "null_reason": None,
                "picture": "gradcam-contrast.png",
                "minimum": -0.0031,
                "maximum": 0.0029,
                "correlation": 0.1234,
            },
        }
    ]
    return record


def _ablation(unit):
    if unit == "layers":
        rows = [
            (layer, value, abs(value) / 3)
            for layer, value in zip(LAYERS, (0.0521, 0.0934, 0.2134, -0.0321, 0.0011), strict=True)
        ]
    else:
        rows = [
            (f"relu4_1[{index}]", 0.011 * math.sin(7 * index) * math.exp(-(index % 64) / 20), None)
            for index in range(512)
        ]
    return _record(
        {"name": "ablation", "id": f"ablation-{unit}"},
        {"name": unit, "role": "style" if unit == "layers" else "stylized"},
        values=[[{"unit": name, "score_change": change, "image_change": image} for name, change, image in rows]],
        notes=[f"Positive: the score falls without this unit (a larger score means: {HIGHER})."],
    )


def _null():
    return _record(
        {"name": "gradcam", "id": "gradcam-style", "sign": "both"},
        {"name": "layer", "layer": None, "role": "style"},
        null=True,
        null_reason="The gradient at relu4_1 averages to zero over positions (mean|GAP(g)| / mean|g| = "
        "3.1e-09), as it does where a map feeds a normalisation such as AdaIN: Grad-CAM is blind here. "
        "Try --explainer ablation.",
    )


def _error():
    record = _record(
        {"name": "gradcam", "id": "mine"},
        {"name": "layer", "role": "stylized"},
        status="error",
        error="the score is NaN or infinite here.\nTry another score, layer or picture.",
    )
    return {key: value for key, value in record.items() if key not in ("values", "provenance", "notes")}
