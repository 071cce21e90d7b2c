"""The slim VGG-19: its batch norms fold away exactly, and its file describes it."""

import pytest
import torch
from torch import nn

from gsx.api import WeightsError
from gsx.plugins import installed_catalog
from gsx_extractors import SlimOptions
from gsx_extractors.slim_vgg19 import CHANNELS, SlimVgg19
from gsx_extractors.vgg19_slim import Vgg19Slim

WIDTHS = (3, 4, 5, 6, 7)
LAYERS = [f"relu{n}_1" for n in range(1, 6)]


def trained_like(seed=0):
    """A network with batch norms whose numbers are all far from their defaults."""
    torch.manual_seed(seed)
    network = Vgg19Slim(SlimOptions(widths=WIDTHS), {})
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.2, 3)
            nn.init.normal_(module.weight, 1, 0.5)
            nn.init.normal_(module.bias)
    return network.eval()


def test_folding_is_exact():
    network, image = trained_like(), torch.rand(2, 3, 48, 64)
    plain = network.folded()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in plain.modules())
    with torch.no_grad():
        before, after = network(image, LAYERS), plain(image, LAYERS)
    for layer in LAYERS:
        torch.testing.assert_close(after[layer], before[layer], atol=1e-5, rtol=1e-5)


def test_folding_leaves_the_network_as_it_was():
    network = trained_like()
    state = {key: value.clone() for key, value in network.state_dict().items()}
    network.folded()
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


def test_export_is_half_precision_and_builds_the_network_again():
    network, image = trained_like(), torch.rand(1, 3, 48, 48)
    tensors, metadata = network.export()
    assert {value.dtype for value in tensors.values()} == {torch.float16}
    assert metadata == {"topology": "vgg19-slim", "widths": "3,4,5,6,7"}
    spec = installed_catalog().find("extractor", "vgg19").spec
    again = spec.load()(spec.options(), metadata)
    again.load_state_dict(tensors)
    assert {value.dtype for value in again.state_dict().values()} == {torch.float32}
    with torch.no_grad():
        cosine = torch.cosine_similarity(again(image, LAYERS)["relu5_1"], network(image, LAYERS)["relu5_1"], dim=1)
    assert cosine.mean() > 0.9999


def test_export_keeps_float32_where_a_weight_does_not_fit_into_float16():
    network = trained_like()
    with torch.no_grad():
        network.heads["relu1_1"][0].weight[0] = 1e6
    assert {value.dtype for value in network.export()[0].values()} == {torch.float32}


def test_heads_give_the_channels_of_vgg19():
    maps = trained_like()(torch.rand(1, 3, 32, 32), LAYERS)
    assert tuple(map_.shape[1] for map_ in maps.values()) == CHANNELS


def test_the_input_layer_is_never_trained_and_never_rounded():
    network = trained_like()
    assert not network.input.weight.requires_grad
    seen = []
    network.input.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    with torch.autocast("cpu", torch.bfloat16):
        network(torch.rand(1, 3, 32, 32), ["relu1_1"])
    assert seen == [torch.float32]


@pytest.mark.parametrize("widths", ["", "1,2,3", "1,2,3,4,0", "a,b,c,d,e", "1,2,3,4,99999"])
def test_a_header_without_sensible_widths_is_refused(widths):
    with pytest.raises(WeightsError, match="widths"):
        SlimVgg19.from_metadata({"topology": "vgg19-slim", "widths": widths})


def test_a_file_of_other_widths_than_the_options_say_is_refused():
    metadata = SlimVgg19(WIDTHS).metadata()
    assert Vgg19Slim(SlimOptions(), metadata).widths == WIDTHS
    with pytest.raises(WeightsError, match="widths"):
        Vgg19Slim(SlimOptions(widths=(1, 2, 3, 4, 5)), metadata)
