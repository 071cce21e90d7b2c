"""Pixels of a picture as units: of the content and style, through the whole pipeline, and of the result itself."""

import pytest
import torch
from torch import nn

import gsx
from gsx.api import PICTURE, Address
from gsx.errors import ContractError
from gsx.explaining.probe import PipelineProbe
from gsx_units.options import PictureOptions
from gsx_units.picture import PictureUnit

from .explaining_toys import LAYOUT, picture, pipeline
from .test_planted_truth import Pools

CONTENT, STYLE, MADE = picture(12, 16, seed=1), picture(12, 16, seed=2), picture(12, 16, seed=3)
WEIGHT = torch.randn(3, 12, 16, generator=torch.Generator().manual_seed(9))


def weighted(outputs):
    """Linear in the stylised picture."""
    return (outputs.stylized * WEIGHT).sum((1, 2, 3))


def of(role):
    return {"name": "picture", "role": role}


def explain(parts, role, score=weighted, baseline="zero", **named):
    found = gsx.explain(
        parts, CONTENT, STYLE, explainer="layercam", unit=of(role), score=score, baseline=baseline, **named
    )
    return found if found.null else found.maps["layercam"]


@pytest.mark.parametrize("baseline", ["zero", "mean", "content"])
def test_of_the_result_by_hand(baseline):
    """S = Σ w·x has the map Σ_c w (x − b)."""
    absent = {"zero": MADE * 0, "mean": MADE.mean((2, 3), keepdim=True), "content": CONTENT}[baseline]
    heat = explain(pipeline(), "stylized", baseline=baseline, stylized=MADE)
    torch.testing.assert_close(heat.values, (WEIGHT * (MADE - absent)).sum(1))
    assert heat.on == "stylized"


@pytest.mark.parametrize("role", ["content", "style"])
def test_through_the_pipeline_it_is_input_times_gradient(role):
    parts = pipeline()
    pictures = {"content": CONTENT.clone(), "style": STYLE.clone()}
    own = pictures[role].requires_grad_()
    (gradient,) = torch.autograd.grad(weighted(parts(**pictures)).sum(), own)
    heat = explain(parts, role)
    torch.testing.assert_close(heat.values, (own * gradient).sum(1).detach(), rtol=1e-4, atol=1e-6)
    assert heat.on == role


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_linear_pipeline_is_explained_whole(role):
    """With the other picture's part, and that of the biases, taken off, what the pixels add up to is the score."""
    parts = pipeline()
    black = {"content": CONTENT, "style": STYLE, role: torch.zeros_like(CONTENT)}
    wanted = weighted(parts(CONTENT, STYLE)) - weighted(parts(black["content"], black["style"]))
    torch.testing.assert_close(explain(parts, role).values.sum((1, 2)), wanted, rtol=1e-4, atol=1e-4)


def test_the_score_still_compares_with_the_true_pictures():
    """The edit reaches what is made, and not what the result is compared with."""
    parts = pipeline()
    outputs = parts(CONTENT, STYLE)

    def true(outputs):
        looked_at = 0 * outputs.stylized.sum((1, 2, 3))
        return outputs.content.sum((1, 2, 3)) + outputs.content_maps["deep"].sum((1, 2, 3)) + looked_at

    probe = PipelineProbe(parts, outputs, true, PictureUnit(PictureOptions(role="content")), baseline="zero")
    evaluation = probe.values(torch.zeros(1, 12, 16))
    torch.testing.assert_close(evaluation.scores[0], probe.base)
    assert evaluation.image_change.item() > 0


def test_outside_a_region_it_is_exactly_zero():
    """The score reads the upper left quarter of what is made; a pixel elsewhere is worth nothing."""
    parts = gsx.Pipeline(Pools(), lambda c, s: c, nn.Upsample(scale_factor=2), layout=LAYOUT.select(["deep"]))
    heat = explain(parts, "content", score=lambda o: o.stylized[:, :, :6, :8].square().mean((1, 2, 3))).values
    assert (heat[:, :6, :8] > 0).all()
    heat[:, :6, :8] = 0
    assert not heat.any()
    assert explain(parts, "style").null, "the fusion does not look at the style"


@pytest.mark.parametrize("multiple", [1, 8])
def test_a_padded_picture_is_edited_before_it_is_padded(multiple):
    heat = explain(pipeline(multiple=multiple), "content")
    assert heat.values.shape == (1, 12, 16)


def test_a_batch_is_its_singles():
    contents, styles = picture(12, 16, seed=4, count=2), picture(12, 16, seed=5, count=2)
    for role in ("content", "style", "stylized"):
        named = {"explainer": "layercam", "unit": of(role), "score": weighted, "baseline": "zero"}
        both = gsx.explain(pipeline(), contents, styles, **named).maps["layercam"].values
        for index in range(2):
            one = gsx.explain(pipeline(), contents[index : index + 1], styles[index : index + 1], **named)
            torch.testing.assert_close(both[index], one.maps["layercam"].values[0], rtol=1e-4, atol=1e-6)


def test_a_score_of_the_picture_itself_notices_its_pixels():
    """With a unit of maps that are made from the picture it is refused: it could not notice."""
    pipeline_ = pipeline()
    named = {"explainer": "layercam", "score": "region", "baseline": "zero"}
    found = gsx.explain(pipeline_, CONTENT, STYLE, unit="picture", **named)
    assert found.maps["layercam"].values[:, 3:9, 4:12].any()
    with pytest.raises(ContractError, match="cannot notice"):
        gsx.explain(pipeline_, CONTENT, STYLE, unit={"name": "layer", "layer": "deep"}, **named)


@pytest.mark.parametrize("address", [Address("input", "other", "content"), Address("input", PICTURE, 0)])
def test_a_place_that_is_not_there(address):
    class Elsewhere(PictureUnit):
        def addresses(self, layout):
            return (address,)

    parts = pipeline()
    with pytest.raises(ContractError, match=r"the input has no|nothing at input"):
        _ = PipelineProbe(parts, parts(CONTENT, STYLE), weighted, Elsewhere(PictureOptions()), baseline="zero").space
