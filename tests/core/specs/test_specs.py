"""Layouts, options, errors and the public surface."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError

import gsx.api
from gsx.api import (
    ContractError,
    Explanation,
    ExtractorOptions,
    FeatureLayout,
    FusionSpec,
    HeatMap,
    Layer,
    Options,
    Space,
    did_you_mean,
)
from gsx.errors import EXIT_CODES, GsxError, PluginError

VGG = FeatureLayout(
    [Layer("relu1_1", 64, 1), Layer("relu3_1", 256, 4), Layer("relu4_1", 512, 8), Layer("relu5_1", 512, 16)]
)


def test_a_layout_is_an_ordered_mapping():
    assert list(VGG) == ["relu1_1", "relu3_1", "relu4_1", "relu5_1"]
    assert VGG["relu3_1"].channels == 256
    assert len(VGG) == 4
    assert VGG.deepest.name == "relu5_1"
    assert repr(VGG).startswith("FeatureLayout(relu1_1: 64/1, relu3_1: 256/4")
    assert list(VGG.select(["relu5_1", "relu1_1", "relu5_1"])) == ["relu1_1", "relu5_1"]
    assert pickle.loads(pickle.dumps(VGG)) == VGG


def test_a_layout_refuses_what_it_has_not():
    with pytest.raises(ContractError, match="the recipe needs layer 'relu3_2'") as refusal:
        VGG.select(["relu3_2"])
    assert refusal.value.hint == "Did you mean 'relu3_1' or 'relu5_1'? Known: relu1_1, relu3_1, relu4_1, relu5_1."
    with pytest.raises(ContractError, match="at least one layer"):
        FeatureLayout([])


@pytest.mark.parametrize(
    ("strides", "expected"),
    [((1, 2, 4, 8, 16), 8), ((4, 8, 16, 32), 8), ((1, 2, 4), 4), ((16, 32), 16), ((8,), 8), ((1, 3, 9), 3)],
)
def test_the_structural_layer(strides: tuple[int, ...], expected: int):
    assert FeatureLayout(Layer(f"l{stride}", 3, stride) for stride in strides).structural().stride == expected


def test_the_structural_layer_of_a_part_is_that_of_the_whole():
    """What a score reads by default must not depend on which other layers somebody asked for."""
    for names in (["relu4_1"], ["relu1_1", "relu4_1"], ["relu4_1", "relu5_1"]):
        assert VGG.select(names).structural().name == VGG.structural().name


def test_options_are_closed_and_frozen():
    options = ExtractorOptions(layers=["relu1_1"])
    assert options.layers == ("relu1_1",)
    assert hash(options) == hash(ExtractorOptions(layers=("relu1_1",)))
    with pytest.raises(ValidationError):
        ExtractorOptions(layer="relu1_1")
    with pytest.raises(ValidationError):
        options.weights = "random"  # type: ignore[misc]


def test_a_spec_loads_on_use_only():
    spec = FusionSpec(name="a", summary="b", target="no.such.module:Class", strength=lambda strength: {})
    with pytest.raises(PluginError, match=r"could not be loaded from no\.such\.module:Class: ModuleNotFound"):
        spec.load()
    spec = FusionSpec(name="a", summary="b", target="gsx.api:NoSuchClass", strength=lambda strength: {})
    with pytest.raises(PluginError, match="NoSuchClass"):
        spec.load()


def test_did_you_mean():
    assert did_you_mean("adian", ["content", "adain"]) == "Did you mean 'adain'? Known: adain, content."
    assert did_you_mean("zzz", ["content"]) == "Known: content."
    assert did_you_mean("zzz", []) == "None is installed."


def test_an_explanation_is_null_with_a_reason_or_not_at_all():
    assert Explanation().null_reason is None
    with pytest.raises(ValueError, match="if and only if"):
        Explanation(null=True)
    with pytest.raises(ValueError, match="if and only if"):
        Explanation(null_reason="why")
    assert HeatMap(None, "style", "x").on == "style"  # type: ignore[arg-type]


def test_a_space_knows_its_size():
    assert Space((3, 4)).size == 12
    assert Space(()).size == 1


def test_exit_codes_are_distinct():
    kinds = GsxError.__subclasses__()
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(EXIT_CODES)
    assert str(ContractError("what", hint="do")) == "what\ndo"
    assert str(ContractError("what")) == "what"


def test_the_surface_is_what_it_says():
    assert len(set(gsx.api.__all__)) == len(gsx.api.__all__)  # ruff keeps their order
    for name in gsx.api.__all__:
        assert hasattr(gsx.api, name)
    assert issubclass(gsx.api.GeneratorOptions, Options)
