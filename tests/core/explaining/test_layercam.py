"""LayerCAM: by hand, against captum, where Grad-CAM is blind, and where there is nothing to show."""

import pytest
import torch
from torch import nn

import gsx
from gsx_fusions.adain import Adain
from gsx_fusions.options import AdainOptions

from .explaining_toys import LAYOUT, WEIGHTS, linear, picture, pipeline, unit
from .test_captum import NETWORKS, close, make, score
from .test_null import Decoder2, picture_score
from .test_planted_truth import Pools

CONTENT, STYLE, MADE = (picture(24, 32, seed=seed) for seed in (1, 2, 3))


def explain(parts, *given, **named):
    return gsx.explain(parts, CONTENT, STYLE, *given, explainer="layercam", **named)


def values(explanation):
    return explanation.maps["layercam"].values


@pytest.mark.parametrize("baseline", ["zero", "content", "mean"])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_linear_score(baseline, sign):
    """∂S/∂A_k is w_k / HW everywhere, so that it is Grad-CAM's map; and it sums to the score's whole difference."""
    parts = pipeline()
    named = {"stylized": MADE, "unit": unit("layer"), "baseline": baseline, "score": lambda o: sign * linear(o) - 100}
    ours, pooled = explain(parts, **named), gsx.explain(parts, CONTENT, STYLE, **named)
    torch.testing.assert_close(values(ours), pooled.maps["gradcam"].values, rtol=1e-5, atol=1e-6)
    assert ours.maps["layercam"].on == "stylized"


def test_of_a_quadratic_score():
    """S = Σ w A²: ∂S/∂A ⊙ A is 2 w A², twice what each position adds to the score; Grad-CAM mixes positions."""
    parts = pipeline()
    own = parts.modules["extractor"](MADE, ["deep"])["deep"]

    def quadratic(outputs):
        return torch.einsum("k,nkhw->n", WEIGHTS, outputs.stylized_maps["deep"].square())

    ours = explain(parts, stylized=MADE, unit=unit("layer"), baseline="zero", score=quadratic)
    wanted = 2 * torch.einsum("k,nkhw->nhw", WEIGHTS, own.square())
    torch.testing.assert_close(values(ours), wanted, rtol=1e-4, atol=1e-5)


def test_the_original_drops_what_speaks_against():
    parts = pipeline()
    named = {"stylized": MADE, "unit": unit("layer"), "baseline": "zero", "score": linear}
    own = parts.modules["extractor"](MADE, ["deep"])["deep"]
    positions = own.shape[-2] * own.shape[-1]
    wanted = torch.einsum("k,nkhw->nhw", WEIGHTS.clamp_min(0), own).clamp_min(0) / positions
    found = values(explain(parts, sign="positive", **named))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    assert values(explain(parts, **named)).min() < 0


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("role", ["content", "style"])
def test_against_captum(network, role):
    captum = pytest.importorskip("captum.attr", reason="the oracle is the package captum (pip install 'gsx[captum]')")
    parts, whole, layer, path, content, style = make(network)
    where = {"name": "layer", "layer": layer, "role": role, "inside": True}
    ours = gsx.explain(parts, content, style, explainer="layercam", unit=where, score=score, baseline="zero")
    whole.role = role
    oracle = captum.LayerGradientXActivation(whole, whole.extractors[role].get_submodule(path))
    theirs = oracle.attribute(content if role == "content" else style)
    close(values(ours), theirs.sum(1).detach(), 1e-5)


@pytest.mark.parametrize("padding", ["zeros", "reflect"])
def test_it_sees_where_gradcam_is_blind(padding):
    """A map that feeds AdaIN. The picture does not change with the map's scale, so what raises and lowers cancels."""
    parts = pipeline(fusion=Adain(AdainOptions()), generator=Decoder2(padding))
    named = {"unit": unit("layer", "content"), "score": picture_score}
    assert gsx.explain(parts, CONTENT, STYLE, baseline="zero", **named).null
    ours = explain(parts, baseline="mean", **named)
    assert not ours.null
    heat = values(ours)
    # Not exactly: the deviation's epsilon gives a flat channel a scale.
    assert 0 < heat.sum().abs() < 1e-2 * heat.abs().sum()


def test_a_style_that_comes_through_its_deviation_alone():
    """∂σ/∂A is (A − μ) / (σ HW): every position counts by its squared distance from the mean."""
    parts = pipeline(fusion=lambda c, s: c * s.std((2, 3), keepdim=True, correction=0), generator=Decoder2("zeros"))
    named = {"unit": unit("layer", "style"), "score": picture_score}
    assert gsx.explain(parts, CONTENT, STYLE, baseline="zero", **named).null
    assert not explain(parts, baseline="mean", **named).null


def test_outside_the_region_that_the_score_reads_it_is_exactly_zero():
    parts = gsx.Pipeline(Pools(), lambda c, s: c, nn.Upsample(scale_factor=2), layout=LAYOUT.select(["deep"]))

    def region(outputs):
        return outputs.stylized_maps["deep"][:, :, :6, :8].square().mean((1, 2, 3))

    heat = values(explain(parts, unit=unit("layer"), score=region, baseline="zero"))
    assert (heat[:, :6, :8] > 0).all()
    heat[:, :6, :8] = 0
    assert not heat.any()


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_a_score_that_does_not_depend_on_the_layer(role):
    found = explain(pipeline(), unit=unit("layer", role), baseline="zero", score=lambda o: o.content.mean((1, 2, 3)))
    assert found.null
    assert "does not depend on deep" in found.null_reason


def test_one_sample_of_a_batch_that_is_null():
    contents, styles = picture(24, 32, seed=1, count=2), picture(24, 32, seed=2, count=2)
    half = torch.tensor([1.0, 0.0])
    found = gsx.explain(
        pipeline(),
        contents,
        styles,
        explainer="layercam",
        unit=unit("layer", "style"),
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)) * half,
        baseline="zero",
    )
    assert values(found)[0].any()
    assert not values(found)[1].any()
    assert any("Null for sample 1" in note for note in found.notes)


@pytest.mark.parametrize("score", ["style", "loss:gram"])
def test_a_perfect_match(score):
    found = explain(pipeline(), stylized=STYLE, unit={"name": "layer", "layer": "deep"}, score=score)
    assert found.null


@pytest.mark.parametrize("scale", [1e-12, 1e6, -1.0])
def test_a_score_of_another_scale_gives_the_same_map(scale):
    named = {"unit": unit("layer", "style"), "baseline": "zero"}
    plain = values(explain(pipeline(), score=linear, **named))
    scaled = values(explain(pipeline(), score=lambda outputs: scale * linear(outputs), **named)) / scale
    torch.testing.assert_close(plain, scaled, rtol=1e-3, atol=1e-4 * plain.abs().max().item())
