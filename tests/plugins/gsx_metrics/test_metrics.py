"""Distances and SSIM as metrics, against numbers worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

import gsx_metrics
from gsx.api import ContractError, FeatureLayout, Layer, Options
from gsx_metrics.content_distance import ContentDistance
from gsx_metrics.options import ContentDistanceOptions, StyleDistanceOptions
from gsx_metrics.ssim import Ssim
from gsx_metrics.style_distance import StyleDistance

LAYOUT = FeatureLayout([Layer("fine", 2, 4), Layer("coarse", 2, 16)])
SPECS = {spec.name: spec for spec in gsx_metrics.gsx_metrics()}
A = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)
B = torch.tensor([0.0, 2.0, 3.0, 6.0]).view(1, 2, 1, 2)
ZERO = torch.zeros(1, 2, 1, 2)
# Distances of A and B, from tests/core/ops/test_distances.py: content 1.25, Gram (mean) 25.1875, mean-std 1.25.


def record(stylized: dict, content: dict, style: dict) -> SimpleNamespace:
    return SimpleNamespace(layout=LAYOUT, stylized_maps=stylized, content_maps=content, style_maps=style)


def test_content_distance():
    outputs = record({"fine": A, "coarse": A}, {"fine": B, "coarse": A}, {})
    metric = ContentDistance(ContentDistanceOptions())
    metric.update(outputs)
    assert metric.compute() == {"fine": 1.25, "mean": 1.25}
    metric = ContentDistance(ContentDistanceOptions(layers=("coarse", "fine")))
    metric.update(outputs)
    assert metric.compute() == {"fine": 1.25, "coarse": 0.0, "mean": 0.625}
    # A second picture with ‖A‖² / 4 = 30/4 = 7.5 at both layers: means with the first.
    metric.update(record({"fine": A, "coarse": A}, {"fine": ZERO, "coarse": ZERO}, {}))
    assert metric.compute() == {"fine": 4.375, "coarse": 3.75, "mean": 4.0625}


def test_style_distance():
    # Gram(0) = 0; mean square of Gram(B) = (4 + 36 + 36 + 506.25) / 4 = 145.5625.
    outputs = record({"fine": A, "coarse": B}, {"fine": ZERO, "coarse": A}, {"fine": B, "coarse": B})
    metric = StyleDistance(StyleDistanceOptions(statistic="gram"))
    metric.update(outputs)
    share = 25.1875 / 145.5625
    assert metric.compute() == pytest.approx(
        {
            "raw.fine": 25.1875,
            "raw.coarse": 0.0,
            "raw.mean": 12.59375,
            "normalised.fine": share,
            "normalised.coarse": 0.0,
            "normalised.mean": share / 2,
        }
    )
    metric = StyleDistance(StyleDistanceOptions(layers=("fine",)))
    metric.update(outputs)
    assert metric.compute()["raw.fine"] == pytest.approx(1.25, rel=1e-4)


def test_style_distance_is_1_where_nothing_happened():
    metric = StyleDistance(StyleDistanceOptions())
    metric.update(record({"fine": A, "coarse": B}, {"fine": A, "coarse": B}, {"fine": B, "coarse": ZERO}))
    figures = metric.compute()
    assert figures["normalised.fine"] == figures["normalised.coarse"] == figures["normalised.mean"] == 1.0


def test_nothing_is_a_share_of_no_distance():
    metric = StyleDistance(StyleDistanceOptions())
    metric.update(record({"fine": A, "coarse": A}, {"fine": B, "coarse": A}, {"fine": B, "coarse": B}))
    figures = metric.compute()
    assert "normalised.fine" not in figures
    assert figures["raw.fine"] == pytest.approx(1.25, rel=1e-4)
    assert figures["normalised.coarse"] == figures["normalised.mean"] == 1.0
    metric = StyleDistance(StyleDistanceOptions())
    metric.update(record({"fine": A, "coarse": A}, {"fine": B, "coarse": B}, {"fine": B, "coarse": B}))
    assert list(metric.compute()) == ["raw.fine", "raw.coarse", "raw.mean"]


def test_ssim():
    torch.manual_seed(0)
    picture = torch.rand(2, 3, 16, 20)

    def ssim(stylized: torch.Tensor, content: torch.Tensor) -> float:
        metric = Ssim(Options())
        metric.update(SimpleNamespace(stylized=stylized, content=content))
        return metric.compute()["ssim"]

    assert ssim(picture, picture) == pytest.approx(1)
    assert ssim(picture, 1 - picture) < 0
    # Two flat pictures a and b: variances 0, so (2ab + C1) / (a² + b² + C1) with C1 = 0.01².
    flat = torch.ones(1, 3, 16, 16)
    assert ssim(flat * 0.2, flat * 0.8) == pytest.approx((0.32 + 1e-4) / (0.68 + 1e-4), rel=1e-4)
    assert ssim(picture, picture.flip(3)) == pytest.approx(
        (ssim(picture[:1], picture[:1].flip(3)) + ssim(picture[1:], picture[1:].flip(3))) / 2
    )


def test_figures_are_plain_numbers_and_keep_no_graph():
    maps = {"fine": A.clone().requires_grad_(), "coarse": A.clone().requires_grad_()}
    for metric in (ContentDistance(ContentDistanceOptions()), StyleDistance(StyleDistanceOptions())):
        metric.update(record(maps, {"fine": B, "coarse": B}, {"fine": ZERO, "coarse": ZERO}))
        assert all(type(value) is float for value in metric.compute().values())


def test_specs():
    assert {name: spec.direction for name, spec in SPECS.items()} == {
        "content-distance": "lower",
        "style-distance": "lower",
        "ssim": "higher",
        "lpips": "lower",
        "gram-distance": "lower",
        "kid": "lower",
        "artfid-like": "lower",
        "style-retrieval": "higher",
        "entropy": "none",
    }
    assert {name for name, spec in SPECS.items() if spec.scope == "set"} == {"kid", "artfid-like", "style-retrieval"}
    assert SPECS["content-distance"].layers(ContentDistanceOptions(), LAYOUT) == ("fine",)
    assert SPECS["style-distance"].layers(StyleDistanceOptions(), LAYOUT) == ("fine", "coarse")
    for spec in SPECS.values():
        assert spec.version == 1
        assert hash(spec.options()) == hash(spec.options())
        for name, described in spec.options.model_json_schema().get("properties", {}).items():
            assert described.get("description"), f"{spec.name}.{name}"
    for name in ("content-distance", "style-distance"):
        with pytest.raises(ContractError, match=f"metric '{name}' needs layer 'relu9'"):
            SPECS[name].layers(SPECS[name].options(layers=("relu9",)), LAYOUT)


def test_listing_imports_no_torch_nor_lpips():
    code = (
        "import sys, gsx_metrics; list(gsx_metrics.gsx_metrics()); "
        "sys.exit(bool({'torch', 'lpips', 'torchmetrics'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
