"""Generators, fusions and scores built so that the right answer is known; every explainer has to find it."""

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

import gsx
from gsx.images import decode, resize_longer
from gsx.samples import content_path, style_path
from gsx_fusions.adain import Adain
from gsx_fusions.options import AdainOptions

from .explaining_toys import LAYOUT, Decoder, TwoLayers, linear, mix, picture, pipeline, rows, unit

CONTENT, STYLE, MADE = (picture(24, 32, seed=seed) for seed in (1, 2, 3))


class OneChannel(nn.Module):
    """The picture shows channel 4 of the fused map and nothing else."""

    def forward(self, fused):
        return interpolate(fused[:, 4:5].expand(-1, 3, -1, -1), scale_factor=2, mode="nearest")


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_generator_that_reads_one_channel(role):
    explanation = gsx.explain(
        pipeline(generator=OneChannel()),
        CONTENT,
        STYLE,
        explainer="ablation",
        baseline="zero",
        unit=unit("channels", role),
        score=lambda o: o.stylized.square().mean((1, 2, 3)),
    )
    found = {row.unit: row for row in explanation.values[0]}
    assert found["deep[4]"].score_change != 0
    assert found["deep[4]"].image_change > 0
    for index in (0, 1, 2, 3, 5):
        assert found[f"deep[{index}]"].score_change == 0
        assert found[f"deep[{index}]"].image_change == 0


def test_a_score_that_reads_one_channel():
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        explainer="ablation",
        baseline="zero",
        unit=unit("channels"),
        score=lambda o: o.stylized_maps["deep"][:, 2].mean((1, 2)),
    )
    found = rows(explanation)
    assert found.pop("deep[2]") != 0
    assert set(found.values()) == {0.0}


@pytest.mark.parametrize("role", ["content", "style"])
def test_gradcam_of_a_generator_that_reads_one_channel(role):
    """The map is that channel's, up to a factor."""
    parts = pipeline(generator=OneChannel())
    heat = (
        gsx.explain(
            parts, CONTENT, STYLE, unit=unit("layer", role), baseline="zero", score=lambda o: o.stylized.mean((1, 2, 3))
        )
        .maps["gradcam"]
        .values[0]
    )
    image = CONTENT if role == "content" else STYLE
    channel = parts.modules["extractor"](image, ["deep"])["deep"][0, 4]
    factor = (heat.flatten() @ channel.flatten()) / channel.square().sum()
    assert factor > 0
    torch.testing.assert_close(heat, factor * channel, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("inside", [True, False])
def test_a_layer_that_the_fusion_does_not_read(inside):
    """The style comes through ``deep`` alone; shallow counts inside, for deep is made from it, not where it leaves."""
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        explainer="ablation",
        baseline="zero",
        unit={"name": "channels", "role": "style", "layer": "shallow", "inside": inside},
        score=lambda o: o.stylized.mean((1, 2, 3)),
    )
    assert [row.score_change != 0 for row in explanation.values[0]] == [inside] * 4
    assert [row.image_change > 0 for row in explanation.values[0]] == [inside] * 4


def test_layers_where_they_leave_the_network():
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        explainer="ablation",
        baseline="zero",
        unit={"name": "layers", "role": "style"},
        score=lambda o: o.stylized.mean((1, 2, 3)),
    )
    found = rows(explanation)
    assert found["deep"] != 0
    assert found["shallow"] == 0


def test_a_style_that_is_not_read():
    explanation = gsx.explain(
        pipeline(fusion=lambda c, s: c),
        CONTENT,
        STYLE,
        explainer="ablation",
        baseline="zero",
        unit=unit("channels", "style"),
        score=lambda o: o.stylized.mean((1, 2, 3)),
    )
    assert {row.score_change for row in explanation.values[0]} == {0.0}
    assert {row.image_change for row in explanation.values[0]} == {0.0}


class Pools(nn.Module):
    """deep is the picture in grey, averaged over 2 × 2 pixels: every position sees its own pixels only."""

    def __init__(self):
        super().__init__()
        self.layer_modules = {"deep": "pool"}
        self.pool = nn.AvgPool2d(2)

    def forward(self, image, layers):
        return {"deep": self.pool(image)} if "deep" in layers else {}


def test_a_score_of_one_region():
    """The score reads the upper left quarter; where the map is large elsewhere says nothing about it."""
    parts = gsx.Pipeline(Pools(), lambda c, s: c, nn.Upsample(scale_factor=2), layout=LAYOUT.select(["deep"]))

    def score(outputs):
        return outputs.stylized_maps["deep"][:, :, :6, :8].square().mean((1, 2, 3))

    from gsx.explaining.probe import PipelineProbe
    from gsx_units.layer import LayerUnit
    from gsx_units.options import MapOptions

    outputs = parts(CONTENT, STYLE)
    probe = PipelineProbe(parts, outputs, score, LayerUnit(MapOptions(layer="deep")), baseline="zero")
    gradient = probe.gradient()
    assert gradient.shape == (1, 12, 16)
    assert (gradient[:, :6, :8] != 0).all()
    gradient[:, :6, :8] = 0
    assert not gradient.any(), "outside the region every position is worth exactly nothing"
    rows = torch.ones(2, 12, 16)
    rows[0, 8, 10], rows[1, 2, 3] = 0, 0
    changes = probe.base - probe.values(rows).scores[:, 0]
    assert changes[0] == 0
    assert changes[1] > 0


def test_a_style_through_the_deviation_alone():
    """Channels of equal mean: only the deviation tells them apart, and Grad-CAM is blind to it."""

    def spread(content, style):
        return content * style.std((2, 3), keepdim=True)

    parts = pipeline(fusion=spread, generator=OneChannel())
    score = lambda o: o.stylized.square().mean((1, 2, 3))  # noqa: E731
    ablated = gsx.explain(
        parts, CONTENT, STYLE, explainer="ablation", unit=unit("channels", "style"), score=score, baseline="zero"
    )
    found = rows(ablated)
    assert found.pop("deep[4]") > 0
    assert set(found.values()) == {0.0}
    assert gsx.explain(parts, CONTENT, STYLE, unit=unit("layer", "style"), score=score, baseline="zero").null


def test_the_mean_as_baseline_leaves_what_comes_through_means():
    parts = pipeline(fusion=lambda c, s: c + s.mean((2, 3), keepdim=True))
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", "style"),
        baseline="mean",
        score=lambda o: o.stylized.mean((1, 2, 3)),
    )
    assert max(abs(value) for value in rows(explanation).values()) < 1e-6


def test_the_content_as_baseline_undoes_adain():
    """With every channel at the content's statistics, AdaIN gives the content's map back."""
    parts = pipeline(fusion=Adain(AdainOptions()))
    plain = pipeline(fusion=lambda c, s: c)(CONTENT, STYLE).stylized
    from gsx.explaining.probe import PipelineProbe
    from gsx_units.channels import ChannelsUnit
    from gsx_units.options import MapOptions

    outputs = parts(CONTENT, STYLE)
    probe = PipelineProbe(
        parts,
        outputs,
        lambda o: (o.stylized - plain).square().mean((1, 2, 3)),
        ChannelsUnit(MapOptions(layer="deep", role="style")),
        baseline="content",
    )
    assert probe.base > 1e-6
    assert probe.values(torch.zeros(1, 6)).scores.max() < 1e-5 * probe.base


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_picture_that_is_stylised_in_one_half(seed, side):
    """Positive Grad-CAM of the style's alignment lies there, with random weights too: it shows what is different."""
    from gsx_scores.options import StyleAlignmentOptions
    from gsx_scores.style_alignment import StyleAlignment

    extractor, decoder = TwoLayers(seed=seed), Decoder()
    parts = pipeline(extractor=extractor, generator=decoder, fusion=mix)
    rows_, columns = torch.meshgrid(torch.arange(64), torch.arange(96), indexing="ij")
    content = (0.5 + 0.2 * torch.sin(rows_ / 9) * torch.cos(columns / 13)).expand(1, 3, -1, -1)
    style = torch.stack([((rows_ + columns * k) % 7 < 3).float() * 0.8 + 0.1 for k in (1, 2, 0)])[None]
    half = slice(0, 48) if side == "left" else slice(48, 96)
    made = content.clone()
    made[..., half] = style[..., half]
    score = StyleAlignment(StyleAlignmentOptions())
    heat = (
        gsx.explain(parts, content, style, stylized=made, unit=unit("layer"), score=score, baseline="content")
        .maps["gradcam"]
        .values[0]
        .clamp_min(0)
    )
    inside = heat[:, :24] if side == "left" else heat[:, 24:]
    assert inside.sum() / heat.sum() > 0.85


def test_a_photograph_that_is_stylised_in_one_half():
    """The same on samples that ship, with VGG-16 of random weights and every default."""
    parts = gsx.Pipeline.from_recipe({"extractor": {"name": "vgg16", "weights": "random"}}, generator="pixels")
    for content_name, style_name in (("chelsea", "cubist_facets"), ("astronaut", "pointillism")):
        content = resize_longer(decode(content_path(content_name)).image, 96)
        style = resize_longer(decode(style_path(style_name)).image, 96)
        made, middle = content.clone(), content.shape[-1] // 2
        made[..., :middle] = interpolate(style, size=content.shape[-2:])[..., :middle]
        heat = gsx.explain(parts, content, style, stylized=made).maps["gradcam"].values[0].clamp_min(0)
        assert heat[:, : heat.shape[1] // 2].sum() / heat.sum() > 0.85


def test_the_contrast_differs():
    """Asked about a style that the picture was not made with, the map is another."""
    from gsx.explaining.contrast import explain_contrast
    from gsx.explaining.explain import explain_outputs
    from gsx.plugins import installed_catalog
    from gsx.recipe.resolve import resolve_explainer

    part = resolve_explainer({"name": "gradcam", "unit": {"name": "layer", "layer": "deep"}}, installed_catalog())
    parts = pipeline()
    outputs = parts.outputs(CONTENT, STYLE, MADE, parts.extract(CONTENT, LAYOUT), parts.extract(STYLE, LAYOUT), {})
    own = explain_outputs(parts, outputs, part)
    other = explain_contrast(parts, outputs, part, 1 - STYLE)
    same = explain_contrast(parts, outputs, part, STYLE)
    assert torch.equal(own.maps["gradcam"].values, same.maps["gradcam"].values)
    gap = (own.maps["gradcam"].values - other.maps["gradcam"].values).abs().mean()
    assert gap > 0.1 * own.maps["gradcam"].values.abs().mean()
    assert torch.equal(outputs.style, STYLE)


@pytest.mark.parametrize(("call", "role"), [(0, "style"), (1, "content"), (2, "stylized")])
def test_a_call_can_be_named_by_its_number(call, role):
    """The extractor sees the style first, then the content, then the result; the map lies on what that call saw."""
    content, style = picture(16, 24, seed=1), picture(20, 12, seed=2)

    def explained(explainer, name, whose):
        return gsx.explain(
            pipeline(), content, style, explainer=explainer, score=linear, baseline="zero", unit=unit(name, whose)
        )

    by_number, by_role = (explained("ablation", "channels", whose) for whose in (call, role))
    assert rows(by_number) == pytest.approx(rows(by_role), abs=1e-7)
    assert any(row.score_change for row in by_role.values[0])
    by_number, by_role = (explained("gradcam", "layer", whose).maps["gradcam"] for whose in (call, role))
    assert by_number.on == role
    assert torch.allclose(by_number.values, by_role.values, atol=1e-7)
