"""A changed patch, followed through a network, gives what the whole pass gives."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gsx
from gsx.explaining.local import LocalPass
from gsx.explaining.probe import PipelineProbe
from gsx.ops.statistics import mean_std
from gsx_extractors import ImagenetOptions
from gsx_extractors.resnet18 import Resnet18
from gsx_extractors.slim_vgg19 import SlimVgg19
from gsx_extractors.vgg16 import Vgg16
from gsx_units.options import PictureOptions
from gsx_units.picture import PictureUnit

PICTURE = torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(0))


def seeded(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return make().eval().requires_grad_(False)


NETWORKS = {
    "slim vgg19": (lambda: SlimVgg19((4, 6, 8, 8, 8)), ("relu1_1", "relu2_1", "relu3_1")),
    "vgg16": (lambda: Vgg16(ImagenetOptions(weights="random"), {}), ("relu1_1", "relu2_1")),
    "resnet18": (lambda: Resnet18(ImagenetOptions(weights="random"), {}), ("layer1", "layer2")),
}


def network(name):
    make, layers = NETWORKS[name]
    module = seeded(make)
    return lambda image: module(image, layers)


def close(found, expected):
    for name in expected:
        assert torch.allclose(found[name], expected[name], atol=2e-5 * expected[name].abs().max().item()), name


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("box", [(0, 0, 6, 6), (20, 15, 29, 27), (42, 34, 48, 40), (0, 30, 9, 40), (47, 0, 48, 1)])
def test_a_patch(name, box):
    run = network(name)
    local = LocalPass.record(run, PICTURE)
    changed = PICTURE.clone()
    changed[..., box[0] : box[2], box[1] : box[3]] = 0.0
    with torch.no_grad(), local.of(changed) as maps:
        expected = run(changed)
        close(maps, expected)
        for layer in expected:
            for ours, theirs in zip(mean_std(maps[layer]), mean_std(expected[layer].clone()), strict=True):
                assert torch.allclose(ours, theirs, atol=1e-5 * theirs.abs().max().item())
    with torch.no_grad(), local.of(PICTURE) as maps:
        close(maps, run(PICTURE))


NEIGHBOURHOODS = {
    "strided": lambda: nn.Conv2d(3, 4, 3, stride=2, padding=1),
    "dilated": lambda: nn.Conv2d(3, 4, 3, dilation=2, padding=2),
    "unpadded": lambda: nn.Conv2d(3, 4, 5),
    "oblong": lambda: nn.Conv2d(3, 4, (3, 1), padding=(1, 0)),
    "grouped": lambda: nn.Conv2d(3, 6, 3, padding=1, groups=3),
    "reflecting": lambda: nn.Conv2d(3, 4, 5, padding=2, padding_mode="reflect"),
    "max pool": lambda: nn.MaxPool2d(3, stride=2, padding=1),
    "max pool of 2": lambda: nn.MaxPool2d(2),
    "mean pool": lambda: nn.AvgPool2d(3, stride=2, padding=1),
    "batch norm": lambda: nn.BatchNorm2d(3),
    "in place": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3, padding=1)),
}


@pytest.mark.parametrize("name", NEIGHBOURHOODS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_box_through_any_neighbourhood(name, data):
    first = seeded(NEIGHBOURHOODS[name])
    image = PICTURE[..., :19, :23]
    top, left = data.draw(st.integers(0, 18)), data.draw(st.integers(0, 22))
    bottom, right = (
        data.draw(st.integers(top + 1, min(19, top + 9))),
        data.draw(st.integers(left + 1, min(23, left + 9))),
    )

    def run(picture):
        inner = torch.tanh(first(picture))
        return {"inner": inner, "outer": nn.functional.max_pool2d(inner * 2 - 1, 2)}

    local = LocalPass.record(run, image)
    changed = image.clone()
    changed[..., top:bottom, left:right] = 1 - changed[..., top:bottom, left:right]
    with torch.no_grad(), local.of(changed) as maps:
        close(maps, run(changed))


@pytest.mark.parametrize(
    "run",
    [
        lambda x: {"a": x - x.mean((2, 3), keepdim=True)},
        lambda x: {"a": nn.functional.instance_norm(x)},
        lambda x: {"a": nn.functional.interpolate(x, scale_factor=2)},
        lambda x: {"a": nn.functional.max_pool2d(x, 2, ceil_mode=True)},
        lambda x: {"a": x.flip(-1)},
        lambda x: {"a": torch.zeros_like(x) + x.sum()},
        lambda x: {"a": x[..., 1:, :]},
        lambda x: {"a": nn.functional.conv2d(x, torch.ones(1, 3, 3, 3)).relu_() + x[:, :1, 1:-1, 1:-1]},
    ],
)
def test_what_looks_further_is_not_followed(run):
    assert LocalPass.record(run, PICTURE) is None


def test_a_map_written_over_after_a_neighbourhood_looked_at_it():
    def run(x):
        inner = nn.functional.conv2d(x, torch.ones(2, 3, 3, 3))
        outer = nn.functional.max_pool2d(inner, 2)
        return {"inner": inner.relu_(), "outer": outer}

    assert LocalPass.record(run, PICTURE) is None


def test_a_large_change_is_left_to_the_whole_pass():
    local = LocalPass.record(network("vgg16"), PICTURE)
    with local.of(1 - PICTURE) as maps:
        assert maps is None


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_windows_over_a_picture_are_worth_what_they_are_without(role, monkeypatch):
    module = seeded(NETWORKS["slim vgg19"][0])
    layers = ("relu1_1", "relu2_1")
    parts = gsx.Pipeline(
        lambda image, wanted: module(image, wanted),
        lambda c, s, level: c[level] * 0.5 + s[level].mean((2, 3), keepdim=True),
        lambda fused: torch.sigmoid(fused[:, :3]),
        layout=gsx.api.FeatureLayout([gsx.api.Layer("relu1_1", 64, 1), gsx.api.Layer("relu2_1", 128, 2)]),
        levels=["relu1_1"],
        layers=layers,
        multiple=16,
    )
    style = PICTURE.flip(-1)[..., 4:, :]

    def score(outputs):
        return sum(
            (a - b).square().mean((1, 2, 3))
            for a, b in (
                (mean_std(outputs.stylized_maps[name])[1], mean_std(outputs.style_maps[name])[1]) for name in layers
            )
        )

    outputs = parts(PICTURE[..., :40, :], style)
    size = (style if role == "style" else outputs.content).shape[-2:]
    rows = torch.ones(4, *size)
    for index, row in enumerate(rows):
        row[9 * index : 9 * index + 8, 5 * index : 5 * index + 12] = 0
    found = []
    for local in (True, False):
        if not local:
            monkeypatch.setattr(LocalPass, "record", lambda *given: None)
        probe = PipelineProbe(parts, outputs, score, PictureUnit(PictureOptions(role=role)), baseline="zero", chunk=1)
        found.append(probe.values(rows).scores)
        assert (probe._passes._local is not None) == local
    assert torch.allclose(found[0], found[1], rtol=1e-4, atol=1e-7)
    assert (found[0] - probe.base).abs().min() > 0
