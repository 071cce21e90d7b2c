"""What explainers say of their maps: whether they add up, what else they show, and where they lie, in words."""

import pytest
import torch

from gsx.api import Address
from gsx_explainers import gsx_explainers
from gsx_explainers.nothing import place, spot

from .function_probe import FunctionProbe, drawn

ADDING_UP = {"gradcam": True, "layercam": True, "smoothgrad": True, "integrated-gradients": True,
             "gradcam++": False, "occlusion": False, "rise": False, "scorecam": False}  # fmt: skip


def explain(name, **options):
    (spec,) = (spec for spec in gsx_explainers() if spec.name == name)
    weight = drawn(3, 6, 8, seed=2)
    probe = FunctionProbe(lambda a: (a * weight).sum((1, 2, 3)), drawn(2, 3, 6, 8))
    (heat,) = spec.load()(spec.options(**options)).explain(probe).maps.values()
    return heat, probe


@pytest.mark.parametrize("name", ADDING_UP)
def test_a_map_adds_up_where_its_sum_is_in_the_scores_units(name):
    heat, _ = explain(name)
    assert (heat.quantity, heat.adds_up, heat.says) == ("score", ADDING_UP[name], None)
    assert heat.label.endswith(" at deep")


@pytest.mark.parametrize("name", ["layercam", "smoothgrad", "integrated-gradients"])
def test_of_a_linear_score_the_sum_is_the_score(name):
    heat, probe = explain(name)
    torch.testing.assert_close(heat.values.sum((1, 2)), probe.base, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["gradcam", "layercam"])
def test_what_is_cut_off_below_zero_does_not_add_up(name):
    assert not explain(name, sign="positive")[0].adds_up


def test_attention_is_not_of_the_score():
    (spec,) = (spec for spec in gsx_explainers() if spec.name == "attention")
    attention = torch.rand(1, 2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), drawn(1, 1, 2, 3), attention={
        "deep": attention / attention.sum((3, 4), keepdim=True)
    })  # fmt: skip
    maps = spec.load()(spec.options()).explain(probe).maps
    assert {(heat.quantity, heat.adds_up) for heat in maps.values()} == {("other", False)}
    assert maps["received-deep"].says[2] == "is attended to more than evenly"


@pytest.mark.parametrize(
    ("addresses", "long", "short"),
    [
        ([Address("extractor", "relu4_1", "style")], "relu4_1 of the style picture", "relu4_1"),
        ([Address("extractor", "relu4_1", "stylized")], "relu4_1 of the stylised picture", "relu4_1"),
        ([Address("extractor", "relu4_1", 2)], "relu4_1 of call 2", "relu4_1 of call 2"),
        ([Address("input", "picture", "content")], "the content picture", "the pixels"),
        ([Address("fusion", "relu4_1", "stylized")], "the fused map relu4_1", "the fused map relu4_1"),
        ([Address("fusion", path, "stylized") for path in "ab"], "the fused maps a … b", "the fused maps a … b"),
        ([Address("generator", "blocks.2", "stylized")], "blocks.2 of the generator", "blocks.2 of the generator"),
        ([Address("generator", "picture", "stylized")], "what the generator gives", "what the generator gives"),
    ],
)
def test_where_a_unit_lies_in_words(addresses, long, short):
    assert place(addresses) == long
    assert spot(addresses) == short
