"""Foreign state dicts through each extractor's importer, against the foreign network itself."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision import models
from torchvision.models.vgg import cfgs, make_layers

from gsx.errors import WeightsError
from gsx.plugins import installed_catalog
from gsx.weights.convert import convert
from gsx_extractors.slim_vgg19 import BLOCKS, CHANNELS

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def spec_of(name):
    return installed_catalog().find("extractor", name).spec


def ours(name, state):
    """Our network with an imported state dict, and its layers."""
    spec = spec_of(name)
    tensors, metadata = convert(spec, state, source="test")
    network = spec.load()(spec.options(), metadata)
    network.load_state_dict(tensors)
    return network.eval(), list(spec.layout(spec.options()))


def vgg(letter):
    """torchvision's features, and a state dict as its files have it; the classifier takes no memory."""
    torch.manual_seed(1)
    features = make_layers(cfgs[letter], batch_norm=False)
    state = {f"features.{key}": value for key, value in features.state_dict().items()}
    for key, shape in (("classifier.0.weight", (4096, 25088)), ("classifier.6.bias", (1000,))):
        state[key] = torch.zeros(()).expand(shape)
    return features, state


@pytest.mark.parametrize(
    ("name", "letter", "last"), [("vgg16", "D", (1, 6, 11, 18, 25)), ("vgg19", "E", (1, 6, 11, 20, 29))]
)
def test_torchvision_vgg(name, letter, last):
    features, state = vgg(letter)
    network, layers = ours(name, state)
    image = torch.rand(1, 3, 48, 32)
    with torch.no_grad():
        maps = network(image, layers)
        for layer, index in zip(layers, last, strict=True):
            torch.testing.assert_close(maps[layer], features[: index + 1]((image - MEAN) / STD))


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_torchvision_resnet(name):
    torch.manual_seed(1)
    theirs = getattr(models, name)(weights=None).eval()
    for module in theirs.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.8, 1.2)
    network, layers = ours(name, theirs.state_dict())
    seen = {}
    for layer in layers:
        theirs.get_submodule(layer).register_forward_hook(lambda m, i, out, layer=layer: seen.__setitem__(layer, out))
    image = torch.rand(1, 3, 64, 48)
    with torch.no_grad():
        maps = network(image, layers)
        theirs((image - MEAN) / STD)
    for layer in layers:
        torch.testing.assert_close(maps[layer], seen[layer])


def collaborative(widths=(2, 3, 4, 5, 6)):
    """A state dict with the names of Collaborative Distillation's encoder 5."""
    torch.manual_seed(2)
    state = {"conv0.weight": torch.randn(3, 3, 1, 1), "conv0.bias": torch.randn(3)}
    previous = 3
    for block, (count, width) in enumerate(zip(BLOCKS, widths, strict=True), 1):
        for index in range(1, count + 1):
            state[f"conv{block}{index}.weight"] = torch.randn(width, previous, 3, 3) * 0.3
            state[f"conv{block}{index}.bias"] = torch.randn(width) * 0.1
            previous = width
        state[f"conv{block}1_aux.weight"] = torch.randn(CHANNELS[block - 1], width, 1, 1)
        state[f"conv{block}1_aux.bias"] = torch.randn(CHANNELS[block - 1])
    return state


def test_collaborative_distillation():
    state = collaborative()
    network, layers = ours("vgg19", state)
    image = torch.rand(1, 3, 48, 32)
    x, expected = functional.conv2d(image, state["conv0.weight"], state["conv0.bias"]), []
    for block, count in enumerate(BLOCKS, 1):
        x = x if block == 1 else functional.max_pool2d(x, 2)
        for index in range(1, count + 1):
            name = f"conv{block}{index}"
            padded = functional.pad(x, (1, 1, 1, 1), mode="reflect")
            x = functional.relu(functional.conv2d(padded, state[f"{name}.weight"], state[f"{name}.bias"]))
            if index == 1:
                head = functional.conv2d(x, state[f"conv{block}1_aux.weight"], state[f"conv{block}1_aux.bias"])
                expected.append(functional.relu(head))
    with torch.no_grad():
        maps = network(image, layers)
    for layer, map_ in zip(layers, expected, strict=True):
        torch.testing.assert_close(maps[layer], map_)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("vgg19", {"conv1.weight": torch.zeros(1)}),
        ("vgg19", {key: value for key, value in collaborative().items() if not key.startswith("conv34.")}),
        ("vgg16", {f"features.{n}.weight": torch.zeros(1) for n in range(16)}),
        ("resnet18", {"features.0.weight": torch.zeros(1)}),
        ("resnet50", {"conv1.weight": torch.zeros(1), "layer1.0.conv1.weight": torch.zeros(1)}),
    ],
)
def test_anything_else_is_not_recognised(name, state):
    with pytest.raises(WeightsError, match="not recognised"):
        convert(spec_of(name), state, source="other.pth")


def test_recognised_names_with_wrong_shapes_do_not_fit():
    with pytest.raises(WeightsError, match="does not fit"):
        convert(spec_of("vgg19"), {**collaborative(), "conv34.bias": torch.zeros(99)}, source="other.pth")
    with pytest.raises(WeightsError, match="is missing"):
        convert(spec_of("vgg19"), {k: v for k, v in collaborative().items() if k != "conv34.bias"}, source="other.pth")


def test_nan_is_refused():
    state = collaborative()
    state["conv21.bias"][0] = torch.nan
    with pytest.raises(WeightsError, match="NaN"):
        convert(spec_of("vgg19"), state, source="other.pth")


def test_an_extractor_without_importer_says_so():
    with pytest.raises(WeightsError, match="imports no foreign weights"):
        convert(spec_of("vgg19-slim"), {}, source="other.pth")
