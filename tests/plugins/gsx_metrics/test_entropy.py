"""Entropy against distributions whose entropy is known."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Categorical

from gsx.api import FeatureLayout, Layer
from gsx_metrics.entropy import Entropy, evenness
from gsx_metrics.options import EntropyOptions

LAYOUT = FeatureLayout([Layer("fine", 2, 4), Layer("deep", 2, 8)])
EVEN = torch.ones(1, 2, 2, 2)
PEAK = torch.zeros(1, 2, 2, 2)
PEAK[0, 0, 0, 0] = -3.0


def figures(content, style, **options):
    metric = Entropy(EntropyOptions(**options))
    metric.update(SimpleNamespace(layout=LAYOUT, content_maps=content, style_maps=style))
    return metric.compute()


def test_an_even_map_has_1_and_a_peak_0():
    found = figures({"fine": EVEN, "deep": PEAK}, {"fine": EVEN, "deep": PEAK})
    assert found["activation.fine"] == found["gram.fine"] == pytest.approx(1)
    assert found["activation.deep"] == found["gram.deep"] == 0
    assert found["activation.mean"] == found["gram.mean"] == pytest.approx(0.5)


def test_half_of_the_values_alike():
    half = torch.zeros(1, 2, 2, 2)
    half[:, 0] = 5.0  # 4 of 8 values: log 4 / log 8; its Gram matrix has one value that is not 0
    found = figures({"fine": half, "deep": half}, {"fine": EVEN, "deep": EVEN}, of="content")
    assert found["activation.fine"] == pytest.approx(2 / 3)
    assert found["gram.fine"] == 0


def test_whose_maps():
    maps = {"fine": EVEN, "deep": EVEN}, {"fine": PEAK, "deep": PEAK}
    assert figures(*maps, of="content")["activation.mean"] == pytest.approx(1)
    assert figures(*maps, of="style")["activation.mean"] == 0
    assert figures(*maps)["activation.mean"] == pytest.approx(0.5)
    assert set(figures(*maps, layers=("deep",))) == {
        "activation.deep",
        "activation.mean",
        "gram.deep",
        "gram.mean",
    }


def test_a_map_of_zeros_has_none():
    found = figures({"fine": torch.zeros_like(EVEN), "deep": EVEN}, {"fine": EVEN, "deep": EVEN}, of="content")
    assert "activation.fine" not in found
    assert "gram.fine" not in found
    assert found["activation.mean"] == pytest.approx(1)
    assert evenness(torch.tensor([[2.0], [0.0]]))[0] == 1
    assert evenness(torch.tensor([[2.0], [0.0]]))[1].isnan()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 40), scale=st.floats(1e-3, 1e3))
def test_laws(seed, count, scale):
    values = torch.randn(3, count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = evenness(values)
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    torch.testing.assert_close(found, Categorical(probs=values.abs()).entropy() / math.log(count))
    torch.testing.assert_close(evenness(values * scale), found)
    torch.testing.assert_close(evenness(values.flip(1)), found)
