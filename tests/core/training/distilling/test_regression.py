"""Losses, cosines and schedules against numbers worked out by hand."""

import pytest
import torch
from torch import nn

from gsx.specs.layout import FeatureLayout, Layer
from gsx.training.distilling.loop import set_training
from gsx.training.distilling.regression import cosines, layer_loss, mean_agreement, teacher_scales, thinned
from gsx.training.schedule import rate


def vectors(*rows):
    """One picture whose positions have the given channel vectors. Shape: ``(1, C, 1, positions)``."""
    return torch.tensor(rows, dtype=torch.float32).t()[None, :, None, :]


def test_loss_by_hand():
    student, teacher = vectors((3, 0), (0, 1)), vectors((3, 4), (0, 2))
    # Squared errors 0+16+0+1 over 4 numbers, over a scale of 2; cosines 3/5 and 1.
    assert layer_loss(student, teacher, 2.0, 1.0).item() == pytest.approx(17 / 4 / 2 + 1 - 0.8, abs=1e-6)
    assert layer_loss(student, teacher, 2.0, 0.0).item() == pytest.approx(17 / 4 / 2, abs=1e-6)


def test_loss_of_equal_maps_is_zero():
    map_ = torch.rand(2, 8, 5, 6) + 0.1
    assert layer_loss(map_, map_.clone(), 1.0, 1.0).item() == pytest.approx(0, abs=1e-5)


def test_loss_has_a_gradient_where_a_vector_is_zero():
    student = torch.zeros(1, 4, 2, 2, requires_grad=True)
    layer_loss(student, torch.ones(1, 4, 2, 2), 1.0, 1.0).backward()
    assert torch.isfinite(student.grad).all()


def test_scale_is_the_mean_square():
    scales = teacher_scales(lambda image, layers: {"a": torch.full((1, 2, 3, 3), 3.0)}, torch.zeros(1, 3, 3, 3), ["a"])
    assert scales == {"a": pytest.approx(9.0)}


def test_cosines_by_hand():
    maps = {"student": vectors((3, 0), (0, 1), (0, 0)), "teacher": vectors((3, 4), (0, 2), (1, 0))}
    found = cosines(
        lambda image, layers: {"a": maps["student"]},
        lambda image, layers: {"a": maps["teacher"]},
        torch.zeros(1, 3, 4, 4),
        ["a"],
    )
    assert found["a"] == pytest.approx((0.6 + 1 + 0) / 3)


def test_mean_agreement_counts_each_picture_the_same():
    agreement = mean_agreement([{"a": 0.5}, {"a": 1.0}])
    assert agreement.pictures == 2
    assert agreement.cosines == {"a": 0.75}


def test_thinning_keeps_a_grid_of_the_fine_maps_only():
    layout = FeatureLayout([Layer("fine", 1, 1), Layer("mid", 1, 2), Layer("coarse", 1, 4)])
    grid = torch.arange(144.0).view(1, 1, 12, 12)
    maps = thinned({"fine": grid, "mid": grid, "coarse": grid}, layout, 5)
    assert torch.equal(maps["coarse"], grid)
    assert maps["mid"].shape[-2:] == (6, 6)
    everything = torch.cat([thinned({"fine": grid}, layout, n)["fine"].flatten() for n in range(9)])
    assert sorted(everything.tolist()) == list(range(144)), "over nine steps every position is seen once"


def test_rate_rises_and_falls():
    assert rate(0.0, 1.0, 0.1) == pytest.approx(0.002)
    assert rate(0.05, 1.0, 0.1) == pytest.approx(0.5)
    assert rate(0.1, 1.0, 0.1) == pytest.approx(1.0)
    assert rate(0.55, 1.0, 0.1) == pytest.approx(0.5)
    assert rate(1.0, 1.0, 0.1) == pytest.approx(0.002)
    assert rate(0.0, 1.0, 0.0) == pytest.approx(1.0)


def test_batch_norms_keep_their_statistics_once_frozen():
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    image = torch.rand(2, 3, 8, 8) + 5
    set_training(network, momentum=0.5)
    network(image)
    moved = network[1].running_mean.clone()
    assert not torch.equal(moved, torch.zeros(4))
    set_training(network, momentum=None)
    network(image)
    assert torch.equal(network[1].running_mean, moved)
    assert network[2].training, "only batch norms are frozen"
