"""Occlusion: windows, strides and borders by hand and by captum."""

import pytest
import torch
from pydantic import ValidationError

from gsx.api import ContractError
from gsx_explainers.occlusion import Occlusion
from gsx_explainers.options import OcclusionOptions

from .function_probe import FunctionProbe, drawn


def explain(probe, **options):
    return Occlusion(OcclusionOptions(**options)).explain(probe)


def heat(found, name="occlusion"):
    return found.maps[name].values


WEIGHT = drawn(3, 7, 10, seed=2)


def curved(activation):
    return torch.tanh((activation * WEIGHT).sum((1, 2, 3))) + activation.square().mean((1, 2, 3)) - 20


@pytest.mark.parametrize("chunk", [1, 7, 64])
@pytest.mark.parametrize(("window", "stride"), [(1, 1), (3, 3), (3, 2), (4, 3), (5, 1), (7, 7)])
def test_against_captum(window, stride, chunk):
    """Also where windows overlap, and where the last is cut off."""
    captum = pytest.importorskip("captum.attr", reason="the oracle is the package captum (pip install 'gsx[captum]')")
    value, baseline = drawn(2, 3, 7, 10), drawn(2, 3, 7, 10, seed=1)
    found = explain(FunctionProbe(curved, value, baseline, chunk=chunk), window=window, stride=stride)
    oracle = captum.Occlusion(curved)
    theirs = oracle.attribute(
        value, sliding_window_shapes=(3, window, window), strides=(3, stride, stride), baselines=baseline
    )
    torch.testing.assert_close(heat(found), theirs[:, 0], rtol=1e-4, atol=1e-5)


def test_single_positions_of_a_linear_score():
    value = drawn(1, 3, 7, 10)
    found = explain(FunctionProbe(lambda a: (a * WEIGHT).sum((1, 2, 3)) - 30, value), window=1)
    torch.testing.assert_close(heat(found), (WEIGHT * value).sum(1), rtol=1e-4, atol=2e-5)


def test_outside_the_region_that_is_read_it_is_exactly_zero():
    def corner(activation):
        return activation[:, :, :2, :3].square().sum((1, 2, 3)) - 1000

    found = heat(explain(FunctionProbe(corner, drawn(1, 3, 6, 9)), window=1))
    assert (found[:, :2, :3] > 0).all()
    found[:, :2, :3] = 0
    assert not found.any()


def test_the_window_not_given():
    """An eighth of the longer side, and half of that as stride; never less than a stride that is given."""
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), torch.ones(1, 1, 24, 32))
    assert explain(probe).provenance == {"window": 4, "stride": 2, "windows": 11 * 15}
    assert explain(probe, stride=6).provenance == {"window": 6, "stride": 6, "windows": 4 * 6}


def test_a_window_larger_than_the_map():
    found = explain(FunctionProbe(lambda a: a.sum((1, 2, 3)), torch.ones(1, 1, 3, 4)), window=9)
    assert heat(found).tolist() == [[[12.0] * 4] * 3]


def test_the_pictures_change_where_it_is_made_again():
    value = drawn(1, 1, 3, 4).abs()
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), value, image=lambda a: (value - a).abs().mean((1, 2, 3)))
    found = explain(probe, window=1)
    torch.testing.assert_close(heat(found, "image-change"), value[:, 0] / 12)
    assert [(one.quantity, one.adds_up) for one in found.maps.values()] == [("score", False), ("picture", False)]
    assert [one.label for one in found.maps.values()] == [
        "occlusion at deep",
        "change of the picture by occlusion at deep",
    ]
    assert set(explain(FunctionProbe(probe.score, value)).maps) == {"occlusion"}


def test_rounding_is_null():
    """Scores of a thousand that differ in the last place."""
    found = explain(FunctionProbe(lambda a: 1000 + 1e-9 * a.double().sum((1, 2, 3)), drawn(1, 1, 4, 4)))
    assert found.null
    assert "by more than rounding" in found.null_reason
    tiny = explain(FunctionProbe(lambda a: 1e-12 * a.double().sum((1, 2, 3)), drawn(1, 1, 4, 4)))
    assert not tiny.null, "small is not rounding where the score itself is small"


def test_refusals():
    with pytest.raises(ValidationError, match="leaves positions that no window covers"):
        OcclusionOptions(window=3, stride=4)
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), torch.ones(1, 3, 2, 2), unit="channels")
    with pytest.raises(ContractError, match=r"in terms of positions; .* shape \(3,\)"):
        explain(probe)
