"""What a component does wrong names the component, its distribution and its version."""

import pytest
import torch

import gsx
from gsx.errors import ContractError, PluginError
from gsx.pipeline.blame import blamed

from .pipeline_toys import picture

CONTENT, STYLE = picture(32, 32, seed=1), picture(32, 32, seed=2)


@pytest.fixture
def built():
    recipe = {"extractor": {"name": "vgg16", "weights": "random"}, "generator": {"name": "pixels", "iterations": 1}}
    return gsx.Pipeline.from_recipe(recipe)


def breaks(error):
    def call(*given, **named):
        raise error

    return call


@pytest.mark.parametrize(
    ("seam", "said"),
    [
        ("_extractor", "extractor 'vgg16' (of gsx "),
        ("_fusion", "fusion 'adain' (of gsx "),
        ("_generator", "generator 'pixels' (of gsx "),
    ],
)
def test_an_exception_names_who_raised_it(built, seam, said):
    setattr(built, seam, breaks(ZeroDivisionError("no luck")))
    with pytest.raises(PluginError, match="failed: ZeroDivisionError: no luck") as caught:
        built(CONTENT, STYLE)
    assert caught.value.message.startswith(said)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("words", ["can't allocate memory", "not enough memory"])
def test_a_lack_of_memory_is_nobodys_fault(built, words):
    built._fusion = breaks(RuntimeError(f"DefaultCPUAllocator: {words}: you tried to allocate 9 bytes"))
    with pytest.raises(RuntimeError, match=words):
        built(CONTENT, STYLE)


def test_an_extractor_that_fails_inside_the_generator_is_the_one_named(built):
    extract, calls = built._extractor, []

    def later(image, layers):
        calls.append(layers)
        if len(calls) > 2:
            raise ZeroDivisionError("no luck")
        return extract(image, layers)

    built._extractor = later
    with pytest.raises(PluginError, match=r"^extractor 'vgg16'"):
        built(CONTENT, STYLE)


@pytest.mark.parametrize(
    "error", [ContractError("a deliberate one"), torch.OutOfMemoryError("much"), KeyboardInterrupt()]
)
def test_what_is_nobodys_fault_passes(built, error):
    with pytest.raises(type(error)), blamed(built.loaded.recipe.parts.fusion):
        raise error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.zeros(1, 7, 4, 4), r"gave \(1, 7, 4, 4\) for relu4_1, which is declared as \(N, 512, h, w\)"),
        ("a string", "gave str for relu4_1"),
        (None, "gave NoneType for relu4_1"),
    ],
)
def test_a_fusion_that_gives_something_else(built, given, said):
    built._fusion = lambda content, style, level: given
    with pytest.raises(PluginError, match=said):
        built(CONTENT, STYLE)


def test_an_extractor_that_leaves_a_layer_out(built):
    built._extractor = lambda image, layers: {}
    with pytest.raises(PluginError, match=r"extractor 'vgg16' .* gave NoneType for relu1_1"):
        built(CONTENT, STYLE)
