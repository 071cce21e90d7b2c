"""What a reconstruction is worth: nothing where the picture comes back, and by how far it is off otherwise."""

import pytest
import torch

from gsx.training.adversarial.terms import PIXELS, reconstruction

from .test_step import BATCH, RECONSTRUCT, STYLE, build


@pytest.fixture
def networks(tmp_path):
    return build(tmp_path)[1]


def terms_of(networks, image, made):
    return {
        name: value.item() for name, value in reconstruction(image, made, networks.extract(image), networks).items()
    }


def test_a_picture_that_comes_back_costs_nothing(networks):
    assert terms_of(networks, STYLE, STYLE) == {"pixels": 0, "features": 0}


@pytest.mark.parametrize("off", [0.1, -0.3, 0.5])
def test_pixels_cost_by_how_far_they_are_off(networks, off):
    assert terms_of(networks, STYLE, STYLE + off)["pixels"] == pytest.approx(PIXELS * abs(off), rel=1e-4)


def test_features_cost_the_more_the_farther_they_are(networks):
    other = STYLE.flip(0)
    costs = [terms_of(networks, STYLE, STYLE + share * (other - STYLE))["features"] for share in (0, 0.1, 0.3, 1)]
    assert costs == sorted(costs)
    assert costs[1] > 0


def test_a_step_that_reconstructs_counts_both(tmp_path, monkeypatch):
    step, networks, _ = build(tmp_path)
    off = torch.tensor(0.2)
    monkeypatch.setattr(
        type(networks),
        "generate",
        lambda self, fused, content, *given, **named: content + off + 0 * next(self.generator.parameters()).sum(),
    )
    terms = step(RECONSTRUCT, BATCH).terms
    assert terms == pytest.approx(terms_of(networks, STYLE, STYLE + off))
    assert terms["features"] > 0
