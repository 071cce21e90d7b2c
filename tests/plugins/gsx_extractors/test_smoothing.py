"""Activation smoothing: closed forms, laws, and who notices that maps are smoothed."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.errors import ContractError, RecipeError, WeightsError
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.pipeline.tiles import can_tile, stylize_tiled
from gsx.plugins import installed_catalog
from gsx.weights.choose import fitting_checkpoint, map_options
from gsx_extractors.smoothing import softmax_map

SMOOTHABLE = ("vgg19", "vgg16", "resnet18", "vgg19-slim", "efficientnet-lite0")


def network(name, **options):
    """An extractor of random weights, always the same."""
    spec = installed_catalog().find("extractor", name).spec
    extra = {"widths": (3, 4, 5, 6, 7)} if name == "vgg19-slim" else {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = spec.load()(spec.options(weights="random", **extra, **options), {})
    return made.eval().requires_grad_(False)


def test_two_values():
    # softmax(0, ln 3) = (1/4, 3/4), times 2 values; at temperature 2: (1, √3) / (1 + √3), times 2.
    values = torch.tensor([0.0, math.log(3)]).view(1, 1, 1, 2)
    torch.testing.assert_close(softmax_map(values), torch.tensor([0.5, 1.5]).view(1, 1, 1, 2))
    half = torch.tensor([1.0, math.sqrt(3)]) * 2 / (1 + math.sqrt(3))
    torch.testing.assert_close(softmax_map(values, 2.0), half.view(1, 1, 1, 2))


def test_it_goes_over_channels_and_positions_and_not_over_samples():
    values = torch.zeros(2, 2, 1, 2)
    values[0, 1, 0, 1] = math.log(5)  # 5 of the 8 shares of its sample; the other sample is level
    out = softmax_map(values)
    torch.testing.assert_close(out[0].flatten(), torch.tensor([0.5, 0.5, 0.5, 2.5]))
    torch.testing.assert_close(out[1], torch.ones(2, 1, 2))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 100), shift=st.floats(-1000, 1000))
def test_laws(seed, scale, shift):
    random = torch.Generator().manual_seed(seed)
    values = torch.randn(2, 3, 4, 5, generator=random) * scale
    out = softmax_map(values, temperature=2.0)
    assert (out >= 0).all()
    torch.testing.assert_close(out.mean((1, 2, 3)), torch.ones(2))
    # The order of values stays, a constant added changes nothing, and only values per temperature count.
    assert torch.equal(values[0].flatten().argmax(), out[0].flatten().argmax())
    torch.testing.assert_close(softmax_map(values + shift, 2.0), out, rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(softmax_map(values / 2), out, rtol=1e-3, atol=1e-5)


def test_a_hot_softmax_is_linear():
    values = torch.randn(1, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    out = softmax_map(values, 1e4)
    torch.testing.assert_close((out - 1) * 1e4, values - values.mean(), rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("name", SMOOTHABLE)
def test_maps_leave_smoothed_and_deeper_layers_do_not_notice(name):
    image = torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(1))
    plain, smooth = network(name), network(name, smoothing="softmax", temperature=3.0)
    layers = list(installed_catalog().find("extractor", name).spec.layout(None))
    before, after = plain(image, layers), smooth(image, layers)
    for layer in layers:
        torch.testing.assert_close(after[layer], softmax_map(before[layer], 3.0))
    assert plain.state_dict().keys() == smooth.state_dict().keys(), "the same weights fit both"
    assert plain.layer_modules
    assert smooth.layer_modules == {}, "no submodule gives a smoothed map"


def test_a_temperature_of_nothing_is_refused():
    with pytest.raises(RecipeError, match="smoothing is none"):
        load(tables={"extractor": {"name": "vgg19", "temperature": 2}, "generator": {"name": "pixels"}})


def tables(**extractor):
    return {"extractor": {"name": "vgg19", **extractor}}


def test_no_checkpoint_fits_a_smoothed_extractor():
    plain = load(tables=tables())
    assert plain.recipe.parts.generator.name == "resnet"
    levels = plain.plan.levels
    assert fitting_checkpoint(plain.recipe.parts, levels) is not None
    smooth = load(tables=tables(smoothing="softmax"))
    assert smooth.recipe.parts.generator.name == "pixels", "the fallback, which says so"
    assert any("no trained checkpoint fits" in note for note in smooth.notes)
    assert map_options(smooth.recipe.parts.extractor) == {"smoothing": "softmax"}
    with pytest.raises(WeightsError, match="no trained checkpoint for extractor 'vgg19' with these options"):
        load(tables={**tables(smoothing="softmax"), "generator": {"name": "resnet"}})


def test_the_fingerprint_tells_smoothing():
    def fingerprint(**extractor):
        return load(tables={**tables(**extractor), "generator": {"name": "pixels"}}).recipe.fingerprint({})

    prints = {fingerprint(), fingerprint(smoothing="softmax"), fingerprint(smoothing="softmax", temperature=2)}
    assert len(prints) == 3
    assert fingerprint(smoothing="none") == fingerprint()


def test_smoothed_maps_are_not_made_by_tiles():
    generator = {"name": "resnet", "weights": "random", "channels": 4, "blocks": 0}

    def built(**extractor):
        section = {"name": "vgg19-slim", "widths": [4, 4, 4, 4, 4], **extractor}
        return build_pipeline(load(tables={"extractor": section, "generator": generator, "explainer": []}))

    assert can_tile(built())
    smooth = built(smoothing="softmax")
    assert not can_tile(smooth)
    with pytest.raises(ContractError, match="extractor with its options, or this generator needs the whole"):
        stylize_tiled(smooth, torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64), tile=48)
