"""One of each kind of explanation, exactly as ``gsx run`` writes them."""

import math

import torch

from gsx.explaining.view import overlay, scale_of
from gsx.images import save_png

LAYERS = {"relu1_1": (64, 1), "relu2_1": (128, 2), "relu3_1": (256, 4), "relu4_1": (512, 8), "relu5_1": (512, 16)}
ALIGNMENT = {"name": "style-alignment", "layers": None}
HIGHER = "more like the style: 0 has the content's statistics, 1 the style's"


def make_explanations(folder, picture):
    """The records; pictures of maps are written into the run folder."""
    return [_gradcam(folder, picture), _ablation("layers"), _ablation("channels"), _shapley(), _null(), _error()]


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


def check(name, verdict, value=None, why="", **details):
    """One line of a card."""
    return {
        "name": name,
        "value": value,
        "expected": "above 0",
        "verdict": verdict,
        "why": why or f"Why {name} says so.",
        "seconds": 0.213,
        "details": details,
    }


CARD = [
    check("null", "pass", 0.0, "It has values other than zero."),
    check("deletion", "pass", 0.0821, "Beats 19 of 20 maps with its spectrum, and random order.", percentile=0.95),
    check("insertion", "weak", 0.0112, "Beats 14 of 20 maps with its spectrum: by less than chance allows for."),
    check("completeness", "n/a", None, "The values of a Grad-CAM are not meant to add up."),
    check("max-sensitivity", "fail", 1.31, "Under noise of 2 % the map changes by 1.31 of its own magnitude."),
    check("a-strangers_check", "pass", 3.2e-7),
]


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
        card=CARD,
    )
    place, scale = folder / record["folder"], scale_of(heat)
    place.mkdir(parents=True)
    save_png(overlay(heat, picture, scale), place / "gradcam.png")
    save_png(overlay(other, picture, scale), place / "gradcam-contrast.png")
    gap = heat - other
    save_png(overlay(gap, picture, scale_of(gap)), place / "gradcam-difference.png")
    record["maps"] = [
        {
            "name": "gradcam",
            "label": "Grad-CAM at relu4_1",
            "on": "stylized",
            "quantity": "score",
            "adds_up": True,
            "says": None,
            "picture": "gradcam.png",
            "scale": scale,
            "minimum": heat.min().item(),
            "maximum": heat.max().item(),
            "shape": [high, wide],
            "positive_share": 0.6213,
            "sum": 0.0871,
            "ninths": {"positive": [0.01, 0.02, 0.05, 0, 0, 0, 0.02, 0, 0], "negative": [0] * 6 + [0.01, 0.02, 0.01]},
            "contrast": {
                "style": "woodcut_waves",
                "null": False,
                "null_reason": None,
                "picture": "gradcam-contrast.png",
                "minimum": -0.0031,
                "maximum": 0.0029,
                "correlation": 0.1234,
                "magnitude_ratio": 0.6543,
                "difference": {
                    "picture": "gradcam-difference.png",
                    "scale": scale_of(gap),
                    "minimum": gap.min().item(),
                    "maximum": gap.max().item(),
                },
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


def _shapley():
    values = (0.0412, 0.0721, 0.3103, 0.0821, 0.0011)
    return _record(
        {"name": "shapley"},
        {"name": "layers", "role": "style"},
        additive=True,
        values=[
            [
                {"unit": layer, "score_change": value, "image_change": None}
                for layer, value in zip(LAYERS, values, strict=True)
            ]
        ],
        card=CARD[:1],
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
