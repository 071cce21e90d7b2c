"""What a stranger leaves behind is put back and named; what was there before stays."""

import random

import numpy
import pytest
import torch
from torch import nn

import gsx
from gsx.explaining.guard import guarded
from gsx.testing import untouched


def network():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval().requires_grad_(False)


def hook(module, *_):
    return None


def leave_gradient(net):
    net[0].weight.grad = torch.ones_like(net[0].weight)


def change_weights(net):
    with torch.no_grad():
        net[0].bias.mul_(2)


def other_parameter(net):
    net[0].weight = nn.Parameter(net[0].weight * 2)


def other_forward(net):
    net.forward = lambda image: image


def moved_in_inference_mode(net):
    with torch.inference_mode():
        net.to(memory_format=torch.channels_last)


LEAKS = {
    "hooks on net.0": lambda net: net[0].register_forward_hook(hook, with_kwargs=True, always_call=True),
    "hooks on net": lambda net: net.register_full_backward_hook(hook),
    "hooks on net.1": lambda net: net[1].register_forward_pre_hook(hook),
    "another training mode on net and 2 more": lambda net: net.train(),
    "another requires_grad on net.1.weight and 1 more": lambda net: net[1].requires_grad_(True),
    "gradients on net.0.weight": leave_gradient,
    "other weights on net.0.weight": moved_in_inference_mode,
    "other weights on net.0.bias": change_weights,
    "other weights on net.1.running_mean": lambda net: net[1].running_mean.add_(1),
    "other weights on net.0.weight and 5 more": lambda net: net.double(),
    "other parts on net.0": other_parameter,
    "other parts on net": other_forward,
    "another random state of torch": lambda net: torch.rand(1),
    "another random state of Python": lambda net: random.random(),
    "another random state of numpy": lambda net: numpy.random.rand(),
    "gradients switched off": lambda net: torch.set_grad_enabled(False),
    "the default dtype torch.float64": lambda net: torch.set_default_dtype(torch.float64),
    "the default device meta": lambda net: torch.set_default_device("meta"),
    "deterministic algorithms switched on": lambda net: torch.use_deterministic_algorithms(True),
    "hooks on every module of the process": lambda net: nn.modules.module.register_module_forward_hook(hook),
}


@pytest.mark.parametrize("named", LEAKS)
@pytest.mark.parametrize("raises", [True, False])
def test_each_leak_is_named_and_undone(named, raises):
    net = network()
    with untouched({"net": net}):
        try:
            with guarded({"net": net, "function": len}, {}) as left:
                LEAKS[named](net)
                if raises:
                    raise KeyError("its own mistake")
        except KeyError:
            assert raises
    assert left == [named]
    assert not net[0]._forward_hooks_with_kwargs
    assert all(value.dtype == torch.float32 and not value.is_inference() for value in net.parameters())


def test_a_picture_that_was_painted_over():
    picture = torch.rand(1, 3, 4, 4)
    before = picture.clone()
    with guarded({}, {"content": picture}) as left:
        picture.zero_()
    assert left == ["another content picture"]
    assert torch.equal(picture, before)


def test_what_was_there_before_stays():
    net, calls = network(), []
    net[0].register_forward_hook(lambda *_: calls.append(1))
    net[1].train()
    gradient = net[0].weight.grad = torch.zeros_like(net[0].weight)
    with guarded({"net": net}, {}) as left:
        net[0].register_forward_hook(hook)
        net.eval()
    assert left == ["hooks on net.0", "another training mode on net.1"]
    net[0](torch.rand(1, 3, 5, 5))
    assert calls == [1]
    assert net[1].training
    assert net[0].weight.grad is gradient


def test_nothing_left_nothing_named():
    net = network()
    with guarded({"net": net}, {}) as left, torch.random.fork_rng():
        net(torch.rand(1, 3, 5, 5))
    assert left == []


def test_from_python_too(monkeypatch):
    from gsx_explainers.ablation import Ablation

    network = torch.nn.Conv2d(3, 8, 3, padding=1)
    pipeline = gsx.Pipeline(network, lambda c, s: c, torch.nn.Conv2d(8, 3, 1))
    honest = Ablation.explain

    def leaks(self, probe):
        network.train()
        network.register_forward_hook(lambda module, inputs, output: output * 0)
        return honest(self, probe)

    monkeypatch.setattr(Ablation, "explain", leaks)
    pictures = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    found = gsx.explain(pipeline, *pictures, explainer="ablation", score=lambda o: o.stylized.mean((1, 2, 3)))
    assert "Explainer 'ablation' (of gsx) left behind: hooks on extractor" in found.notes[-1]
    assert not network.training
    assert not network._forward_hooks
