"""Where there is nothing to show, the explanation says null and why, instead of stretching rounding into colours."""

import pytest
import torch
from torch import nn

import gsx
from gsx.api import FeatureLayout, Layer
from gsx_fusions.adain import Adain
from gsx_fusions.options import AdainOptions

from .explaining_toys import linear, picture, pipeline, rows, unit

CONTENT, STYLE, MADE = (picture(24, 32, seed=seed) for seed in (1, 2, 3))


class Decoder2(nn.Module):
    """A decoder of two convolutions, so that what a border does differs from what the inside does."""

    def __init__(self, padding: str) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            self.convolutions = nn.Sequential(
                nn.Conv2d(6, 8, 3, padding=1, padding_mode=padding),
                nn.ReLU(),
                nn.Conv2d(8, 3, 3, padding=1, padding_mode=padding),
                nn.Upsample(scale_factor=2),
            )

    def forward(self, fused):
        return torch.sigmoid(self.convolutions(fused))


def picture_score(outputs):
    return outputs.stylized.square().mean((1, 2, 3)) - outputs.stylized[:, 0, :8].mean((1, 2))


@pytest.mark.parametrize("padding", ["zeros", "reflect"])
@pytest.mark.parametrize("contrast", [1.0, 1e-3])
def test_a_content_map_that_feeds_adain(padding, contrast):
    """Also with a style of so little contrast that rounding could pass for a gradient."""
    adain = Adain(AdainOptions())

    def fusion(content, style, level):
        return adain(content, {level: style[level] * contrast}, level)

    parts = pipeline(fusion=fusion, generator=Decoder2(padding))
    explanation = gsx.explain(
        parts, CONTENT, STYLE, unit=unit("layer", "content"), score=picture_score, baseline="zero"
    )
    assert explanation.null
    assert "averages to zero over positions" in explanation.null_reason
    assert "ablation" in explanation.null_reason
    assert explanation.maps == {}
    ratio = explanation.provenance["mean_abs_pooled_gradient"] / explanation.provenance["mean_abs_gradient"]
    assert ratio < 1e-5
    assert explanation.provenance["mean_abs_gradient"] > 0


def test_half_of_adain_is_not_null():
    """At strength 0.5 the content's own map still comes through, and with it the pooled gradient."""
    parts = pipeline(fusion=Adain(AdainOptions(alpha=0.5)), generator=Decoder2("zeros"))
    explanation = gsx.explain(
        parts, CONTENT, STYLE, unit=unit("layer", "content"), score=picture_score, baseline="zero"
    )
    assert not explanation.null


def test_a_style_that_comes_through_its_deviation_alone():
    """∂σ/∂A has zero mean over positions."""

    def spread(content, style):
        return content * style.std((2, 3), keepdim=True)

    parts = pipeline(fusion=spread, generator=Decoder2("zeros"))
    explanation = gsx.explain(parts, CONTENT, STYLE, unit=unit("layer", "style"), score=picture_score, baseline="zero")
    assert explanation.null
    ablated = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", "style"),
        baseline="zero",
        score=picture_score,
    )
    assert all(value != 0 for value in rows(ablated).values()), "ablation is not blind there"


def test_a_style_that_comes_through_its_mean_is_not_null():
    parts = pipeline(fusion=lambda c, s: c + s.mean((2, 3), keepdim=True), generator=Decoder2("zeros"))
    explanation = gsx.explain(parts, CONTENT, STYLE, unit=unit("layer", "style"), score=picture_score, baseline="zero")
    assert not explanation.null


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_a_map_that_feeds_an_instance_norm_through_a_convolution(padding):
    """With zero padding a border artefact survives, which passes a naive test; the inside decides."""

    class Normed(nn.Module):
        def __init__(self):
            super().__init__()
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(5)
                self.layers = nn.Sequential(
                    nn.Conv2d(6, 8, 3, padding=1, padding_mode=padding),
                    nn.InstanceNorm2d(8),
                    nn.ReLU(),
                    nn.Conv2d(8, 3, 1),
                    nn.Upsample(scale_factor=2),
                )

        def forward(self, fused):
            return torch.sigmoid(self.layers(fused))

    parts = pipeline(fusion=lambda c, s: c, generator=Normed())
    explanation = gsx.explain(
        parts, CONTENT, STYLE, unit=unit("layer", "content"), score=picture_score, baseline="zero"
    )
    if padding == "reflect":
        assert explanation.null
    else:
        assert any("artefact of the padding" in note for note in explanation.notes)


@pytest.mark.parametrize(("side", "depth"), [(8, 2), (16, 2), (32, 2), (32, 3), (64, 3)])
def test_the_artefact_of_several_zero_padded_convolutions_is_warned_of(side, depth):
    """Each widens the border that leaves a pooled gradient by one position."""
    for seed in range(4):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            extractor = nn.Sequential(nn.Conv2d(3, 6, 1), *(nn.Conv2d(6, 6, 3, padding=1) for _ in range(depth)))
            parts = gsx.Pipeline(extractor, Adain(AdainOptions()), nn.Conv2d(6, 3, 1))
        pictures = picture(side, side, seed=seed), picture(side, side, seed=99)
        where = {"name": "layer", "layer": "0", "role": "content"}
        found = gsx.explain(*(parts, *pictures), unit=where, score=picture_score, baseline="zero", card="off")
        assert found.null or any("artefact of the padding" in note for note in found.notes)


def test_an_ordinary_map_is_not_warned_of():
    explanation = gsx.explain(
        pipeline(), CONTENT, STYLE, unit=unit("layer", "style"), score=picture_score, baseline="zero"
    )
    assert len(explanation.notes) == 1


def test_one_sample_of_a_batch_that_is_null():
    """It gets a zero map and a note; the other keeps its own."""
    contents, styles = picture(24, 32, seed=1, count=2), picture(24, 32, seed=2, count=2)

    def score(outputs):
        return outputs.stylized.mean((1, 2, 3)) * torch.tensor([1.0, 0.0])

    explanation = gsx.explain(pipeline(), contents, styles, unit=unit("layer", "style"), score=score, baseline="zero")
    assert not explanation.null
    assert explanation.maps["gradcam"].values[0].any()
    assert not explanation.maps["gradcam"].values[1].any()
    assert any("Null for sample 1" in note for note in explanation.notes)


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_a_score_that_does_not_depend_on_the_layer(role):
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        unit=unit("layer", role),
        baseline="zero",
        score=lambda outputs: outputs.content.mean((1, 2, 3)),
    )
    assert explanation.null
    assert "does not depend on deep" in explanation.null_reason
    assert f"the {role.replace('stylized', 'stylised')} picture" in explanation.null_reason


def test_a_layer_that_is_not_on_the_way():
    """The generator reads deep alone; where shallow's map leaves the extractor, nobody reads it."""
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        unit={"name": "layer", "layer": "shallow", "role": "style"},
        score=picture_score,
        baseline="zero",
    )
    assert explanation.null


def test_ablation_of_a_score_that_reads_nothing_is_exactly_zero():
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", "style"),
        baseline="zero",
        score=lambda outputs: outputs.content.mean((1, 2, 3)),
    )
    assert set(rows(explanation).values()) == {0.0}
    assert explanation.null


@pytest.mark.parametrize("score", ["style", "style@shallow", "loss:gram", "loss:mean-std"])
def test_a_perfect_match(score):
    """The picture is the style: distance and gradient are 0."""
    read = {"name": "layer", "layer": "shallow" if "shallow" in score else "deep"}
    explanation = gsx.explain(pipeline(), CONTENT, STYLE, stylized=STYLE, unit=read, score=score)
    assert explanation.null
    assert explanation.provenance["score"] == [0.0]


@pytest.mark.parametrize("scale", [1e-12, 1e-20, 1e6, -1.0])
@pytest.mark.parametrize("role", ["stylized", "style"])
def test_a_score_of_another_scale_ranks_alike_or_is_null(scale, role):
    parts = pipeline()

    def explained(factor, explainer, name):
        return gsx.explain(
            parts,
            CONTENT,
            STYLE,
            stylized=None,
            explainer=explainer,
            unit=unit(name, role),
            baseline="zero",
            score=lambda outputs: factor * linear(outputs),
        )

    plain, scaled = (explained(factor, "gradcam", "layer") for factor in (1.0, scale))
    if not scaled.null:
        values, others = plain.maps["gradcam"].values, scaled.maps["gradcam"].values / scale
        torch.testing.assert_close(values, others, rtol=1e-3, atol=1e-4 * values.abs().max().item())
    before, after = (rows(explained(factor, "ablation", "channels")) for factor in (1.0, scale))
    ranked = sorted(before, key=before.get)
    assert sorted(after, key=lambda name: after[name] / scale) == ranked or not any(after.values())


def test_a_map_that_is_exactly_zero_is_null(monkeypatch):
    """An explainer that returns zeros without saying so is corrected by the core."""
    from gsx.api import Explanation, HeatMap

    monkeypatch.setattr(
        "gsx_explainers.gradcam.Gradcam.explain",
        lambda self, probe: Explanation(maps={"x": HeatMap(torch.zeros(1, 2, 2), "style", "zeros")}),
    )
    explanation = gsx.explain(pipeline(), CONTENT, STYLE, unit=unit("layer"), score=linear)
    assert explanation.null
    assert "exactly zero" in explanation.null_reason


def test_a_map_of_one_position():
    """Nothing inside a border of one: the whole map decides."""
    layout = FeatureLayout([Layer("one", 3, 24)])
    parts = gsx.Pipeline(
        lambda image: {"one": image.mean((2, 3), keepdim=True)},
        lambda c, s: s,
        lambda fused, content: fused["one"].expand_as(content),
        layout=layout,
    )
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        unit={"name": "layer", "layer": "one", "role": "style"},
        score=picture_score,
        baseline="zero",
    )
    assert not explanation.null
    assert explanation.maps["gradcam"].values.shape == (1, 1, 1)
