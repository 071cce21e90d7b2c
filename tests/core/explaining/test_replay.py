"""What runs before an edited module is played back, and the rest runs as it would."""

import pytest
import torch
from torch import nn

from gsx.api import Address
from gsx.explaining.probe import PipelineProbe
from gsx_units.channels import ChannelsUnit
from gsx_units.options import MapOptions
from tests.core.explaining.explaining_toys import LAYOUT, picture, pipeline

CONTENT, STYLE = picture(16, 24, seed=1, count=2), picture(20, 12, seed=2)


class Counted(nn.Conv2d):
    calls = 0

    def forward(self, x):
        type(self).calls += 1
        return super().forward(x)


class Residual(nn.Module):
    """A shared ReLU, in place; a skip; and something in place that is no module."""

    def __init__(self, inplace, *, increments=False):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first, self.second = Counted(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
            self.third = nn.Conv2d(4, 6, 3, padding=1)
        self.relu, self.increments = nn.ReLU(inplace=inplace), increments

    def forward(self, image, layers):
        shallow = self.first(image)
        if self.increments:
            shallow += 1
        x = self.relu(shallow)
        x = self.relu(self.second(x)) + x
        maps = {"shallow": x, "deep": self.third(nn.functional.avg_pool2d(x, 2))}
        return {name: maps[name] for name in maps if name in layers}


class Inner(ChannelsUnit):
    path, component, role = "second", "extractor", "stylized"

    def addresses(self, layout):
        return (Address(self.component, self.path, self.role),)


def score(outputs):
    return outputs.stylized_maps["deep"].square().mean((1, 2, 3))


def values(extractor, unit, *, replay=True, chunk=4):
    parts = pipeline(extractor=extractor, layout=LAYOUT)
    with torch.no_grad():
        outputs = parts(CONTENT, STYLE)
    probe = PipelineProbe(parts, outputs, score, unit(MapOptions()), baseline="zero", chunk=chunk)
    if not replay:
        probe.__dict__["_reference"] = (probe.base, outputs.stylized, 0)
    size = probe.space.shape[0]
    probe.values(torch.ones(1, size))
    Counted.calls = 0
    return probe.values(1 - torch.eye(size)).scores, Counted.calls, probe


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("path", ["first", "second", "third"])
@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_played_back_or_not(inplace, path, role):
    unit = type("Here", (Inner,), {"path": path, "role": role})
    played, calls, probe = values(Residual(inplace), unit)
    plain, all_calls, _ = values(Residual(inplace), unit, replay=False, chunk=1)
    assert torch.allclose(played, plain, rtol=1e-5, atol=1e-6)
    assert played.std() > 0
    if path in ("second", "third") and role == "stylized":
        assert probe._passes._replay is not None
        assert (calls, all_calls) == (0, len(played))


def test_what_is_changed_in_place_between_modules_is_not_played_back():
    played, _, probe = values(Residual(False, increments=True), Inner)
    plain, _, _ = values(Residual(False, increments=True), Inner, replay=False, chunk=1)
    assert probe._passes._replay is None
    assert torch.allclose(played, plain, rtol=1e-5, atol=1e-6)


def test_nothing_is_left_behind_also_after_an_error():
    extractor = Residual(True)
    before = {name: dict(module.__dict__) for name, module in extractor.named_modules()}
    _, _, probe = values(extractor, Inner)

    def fails(outputs):
        raise RuntimeError("planted")

    probe._score = fails
    with pytest.raises(RuntimeError, match="planted"):
        probe.values(torch.zeros(3, 4))
    for name, module in extractor.named_modules():
        assert "forward" not in module.__dict__
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert module.__dict__.keys() == before[name].keys()


class Counting(nn.Module):
    """Gives a number along with its map, as a quantiser gives its loss."""

    def forward(self, x):
        return x * 1.5, x.square().mean()


class WithNumber(Residual):
    def __init__(self):
        super().__init__(False)
        self.counting = Counting()

    def forward(self, image, layers):
        return super().forward(self.counting(image)[0], layers)


def test_a_number_is_played_back_too():
    played, _, probe = values(WithNumber(), Inner)
    plain, _, _ = values(WithNumber(), Inner, replay=False, chunk=1)
    assert probe._passes._replay is not None
    assert torch.allclose(played, plain, rtol=1e-5, atol=1e-6)
