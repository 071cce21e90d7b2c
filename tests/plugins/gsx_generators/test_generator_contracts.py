"""What each generator asks of a layout, and how it refuses one."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

import gsx_generators
from gsx.api import ContractError, FeatureLayout, GeneratorSpec, Layer
from gsx_generators.options import PixelsOptions, ResnetOptions, UnetOptions

from .generator_fakes import DOTTED, RESNET18, TINY, VGG, VIT

SPECS: dict[str, GeneratorSpec] = {spec.name: spec for spec in gsx_generators.gsx_generators()}


def test_specs_need_no_torch():
    code = "import sys, gsx_generators; list(gsx_generators.gsx_generators()); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_option_is_described_and_every_number_bounded():
    for spec in SPECS.values():
        for name, field in spec.options.model_fields.items():
            assert field.description, (spec.name, name)
            if field.annotation in (int, float):
                assert len(field.metadata) == 2, (spec.name, name)


@pytest.mark.parametrize(
    "bad",
    [
        {"iterations": 0},
        {"style_weight": -1},
        {"tv_weight": float("nan")},
        {"style_layers": ()},
        {"lr": 1},
    ],
)
def test_pixels_options_out_of_range_are_refused(bad):
    with pytest.raises(ValidationError):
        PixelsOptions(**bad)


def test_pixels_levels_and_reads():
    pixels = SPECS["pixels"]
    assert pixels.levels(PixelsOptions(), VGG) == ("relu4_1",)
    assert pixels.levels(PixelsOptions(content_layers=("relu4_1", "relu3_1")), VGG) == ("relu3_1", "relu4_1")
    assert pixels.levels(PixelsOptions(), VIT) == ("block3",)
    assert pixels.reads(PixelsOptions(), VGG) == tuple(VGG)
    assert pixels.reads(PixelsOptions(style_layers=("relu1_1",)), VGG) == ("relu1_1",)
    assert pixels.reads(PixelsOptions(style_weight=0), VGG) == ()
    assert pixels.multiple(PixelsOptions(), VGG) == 1


def test_pixels_traits():
    pixels = SPECS["pixels"]
    assert not pixels.trained
    assert pixels.traits == {"iterative", "global_norm", "terms"}
    assert pixels.sees_style(PixelsOptions())
    assert not pixels.sees_style(PixelsOptions(style_weight=0))
    assert pixels.passes(PixelsOptions(iterations=7)) == 7


@pytest.mark.parametrize("option", ["content_layers", "style_layers"])
def test_pixels_refuses_unknown_layers(option):
    options = PixelsOptions(**{option: ("relu4_2",)})
    contract = SPECS["pixels"].levels if option == "content_layers" else SPECS["pixels"].reads
    with pytest.raises(ContractError, match=f"{option}.* needs layer 'relu4_2'.*\nDid you mean 'relu4_1'"):
        contract(options, VGG)


@pytest.mark.parametrize(
    ("layout", "levels", "multiple"),
    [
        (VGG, ("relu1_1", "relu2_1", "relu3_1", "relu4_1"), 8),
        (RESNET18, ("layer1", "layer2"), 8),
        (DOTTED, ("features.0", "features.5"), 2),
        (FeatureLayout([Layer("a", 4, 3), Layer("b", 4, 4), Layer("c", 4, 6)]), ("b",), 4),
        (FeatureLayout([Layer("patch", 4, 16), Layer("later", 4, 16)]), ("patch",), 16),
    ],
)
def test_resnet_levels(layout, levels, multiple):
    resnet = SPECS["resnet"]
    assert resnet.levels(ResnetOptions(), layout) == levels
    assert resnet.multiple(ResnetOptions(), layout) == multiple
    assert resnet.levels(ResnetOptions(inject=False), layout) == levels[-1:]


@pytest.mark.parametrize(
    ("layout", "levels", "multiple"),
    [
        (VGG, tuple(VGG)[:4], 8),
        (RESNET18, ("layer1", "layer2"), 8),
        (TINY, tuple(TINY), 4),
        (DOTTED, ("features.0", "features.5"), 2),
        (FeatureLayout([Layer("a", 4, 1), Layer("b", 4, 4), Layer("c", 4, 8)]), ("b", "c"), 8),
    ],
)
def test_unet_levels(layout, levels, multiple):
    assert SPECS["unet"].levels(UnetOptions(), layout) == levels
    assert SPECS["unet"].multiple(UnetOptions(), layout) == multiple


@pytest.mark.parametrize(("layout", "coarsest", "count", "multiple"), [(VGG, 16, 5, 16), (RESNET18, 32, 4, 32)])
def test_unet_can_be_told_to_take_coarser_levels(layout, coarsest, count, multiple):
    options = UnetOptions(coarsest=coarsest)
    assert SPECS["unet"].levels(options, layout) == tuple(layout)[:count]
    assert SPECS["unet"].multiple(options, layout) == multiple


def test_unet_refuses_a_single_level():
    with pytest.raises(ContractError) as refusal:
        SPECS["unet"].levels(UnetOptions(), VGG.select(["relu4_1"]))
    assert (
        refusal.value.message == "generator 'unet' needs ≥ 2 levels whose strides double, up to 8; extractor gives [8]."
    )
    assert refusal.value.hint.endswith("--set generator.coarsest=32 or --generator resnet.")


def test_strides_that_are_no_power_of_two_are_refused():
    with pytest.raises(ContractError, match=r"'unet' needs ≥ 2 levels .* gives \[14, 14\]"):
        SPECS["unet"].levels(UnetOptions(), VIT)
    with pytest.raises(ContractError, match=r"'resnet' needs a level .* gives \[14\](.|\n)*--generator pixels"):
        SPECS["resnet"].levels(ResnetOptions(), VIT)
