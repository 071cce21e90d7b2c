"""Each extractor's declared layout against its real forward pass, and how little of it runs."""

import functools
import math

import pytest
import torch
from torch import nn

from gsx.plugins import installed_catalog

NAMES = ("vgg19", "vgg19-slim", "vgg16", "resnet18", "resnet50", "efficientnet-lite0")


@functools.cache
def built(name):
    """The spec's layout and a random network; options only where the defaults would be large."""
    spec = installed_catalog().find("extractor", name).spec
    options = spec.options(weights="random", **({"widths": (3, 4, 5, 6, 7)} if name == "vgg19-slim" else {}))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = spec.load()(options, {})
    return spec.layout(options), network.eval().requires_grad_(False)


def picture(height, width):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))


def leaf_calls(network, image, layers):
    """How many leaf modules ran, by the hooks that they called."""
    calls = []
    handles = [
        module.register_forward_hook(lambda module, inputs, output: calls.append(module))
        for module in network.modules()
        if not list(module.children())
    ]
    try:
        network(image, layers)
    finally:
        for handle in handles:
            handle.remove()
    return len(calls)


@pytest.mark.parametrize("size", [(64, 48), (37, 53), (16, 16), (16, 40)])
@pytest.mark.parametrize("name", NAMES)
def test_layout_is_what_the_forward_pass_gives(name, size):
    layout, network = built(name)
    maps = network(picture(*size), list(layout))
    assert list(maps) == list(layout)
    for layer in layout.values():
        assert maps[layer.name].shape[:2] == (1, layer.channels)
        for side, given in zip(size, maps[layer.name].shape[2:], strict=True):
            assert given in (side // layer.stride, math.ceil(side / layer.stride))


@pytest.mark.parametrize("name", NAMES)
def test_any_subset_gives_the_same_maps_in_order(name):
    layout, network = built(name)
    everything = network(picture(48, 48), list(layout))
    asked = list(layout)[::-2]  # deepest first, every second one
    maps = network(picture(48, 48), asked)
    assert list(maps) == [layer for layer in layout if layer in asked]
    for layer, map_ in maps.items():
        assert torch.equal(map_, everything[layer])
    assert network(picture(48, 48), []) == {}


@pytest.mark.parametrize("name", NAMES)
def test_it_stops_at_the_deepest_layer_asked_for(name):
    layout, network = built(name)
    counts = [leaf_calls(network, picture(32, 32), [layer]) for layer in layout]
    assert counts == sorted(set(counts)), "a shallower layer must run fewer modules"
    leaves = sum(not list(module.children()) for module in network.modules())
    assert counts[0] < leaves / 2


@pytest.mark.parametrize(("name", "last"), [("vgg19", (1, 6, 11, 20, 29)), ("vgg16", (1, 6, 11, 18, 25))])
def test_vgg_runs_exactly_up_to_its_relu(name, last):
    layout, network = built(name)
    for layer, index in zip(layout, last, strict=True):
        assert leaf_calls(network, picture(32, 32), [layer]) == 1 + index + 1  # normalisation, then modules 0 … index


@pytest.mark.parametrize("name", NAMES)
def test_layer_modules_give_the_maps(name):
    layout, network = built(name)
    seen = {}
    handles = [
        network.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, layer=layer: seen.__setitem__(layer, output)
        )
        for layer, path in network.layer_modules.items()
    ]
    maps = network(picture(32, 32), list(layout))
    for handle in handles:
        handle.remove()
    assert all(torch.equal(seen[layer], maps[layer]) for layer in layout)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("vgg19", "features.0"),
        ("vgg16", "features.0"),
        ("resnet18", "stem.0"),
        ("resnet50", "stem.0"),
        ("vgg19-slim", "trunk.0.0"),
    ],
)
def test_pixels_are_normalised_as_imagenet_networks_expect(name, first):
    layout, network = built(name)
    seen = []
    handle = network.get_submodule(first).register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    network(torch.full((1, 3, 32, 32), 0.5), [next(iter(layout))])
    handle.remove()
    # (0.5 - mean) / std by hand.
    expected = torch.tensor([0.0655021834, 0.1964285714, 0.4177777778]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    torch.testing.assert_close(seen[0], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_no_relu_works_in_place_behind_a_hook(name):
    _, network = built(name)
    if name.startswith("vgg"):
        assert not any(module.inplace for module in network.modules() if isinstance(module, nn.ReLU))
