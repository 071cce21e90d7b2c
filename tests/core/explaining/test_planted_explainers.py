"""Planted truth for every explainer: one channel, one region, σ alone, one call. Found, or null; the rest exactly 0."""

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

import gsx
from gsx.plugins import installed_catalog

from .explaining_toys import LAYOUT, picture, pipeline, unit

CONTENT, STYLE = picture(16, 16, seed=1), picture(16, 16, seed=2)
REGION = torch.zeros(1, 1, 16, 16)
REGION[..., 4:12, 4:12] = 1

BY_NAME = {
    "ablation": {},
    "shapley": {},
    "integrated-gradients": {},
    "dissection": {"count": 3},
}
BY_POSITION = {
    "gradcam": {},
    "gradcam++": {},
    "layercam": {},
    "integrated-gradients": {},
    "smoothgrad": {"samples": 8},
    "occlusion": {"window": 1},
    "rise": {"masks": 600, "grid": 8},
    "scorecam": {},
}
LOCAL = ("layercam", "integrated-gradients", "smoothgrad", "occlusion", "rise")
"""Those that weight each position by itself; class activation maps weight channels, and show where these fire."""


def test_every_explainer_is_here():
    """The rest attributes nothing to a unit: a strength that flips a target, what a fusion attends to, a path taken."""
    known = {offer.spec.name for offer in installed_catalog().offers("explainer") if offer.distribution == "gsx"}
    assert known - set(BY_NAME) - set(BY_POSITION) == {"counterfactual", "attention", "displacement"}


class OneChannel(nn.Module):
    """The picture shows channel 4 of the fused map and nothing else."""

    def forward(self, fused):
        return interpolate(fused[:, 4:5].expand(-1, 3, -1, -1), scale_factor=2, mode="nearest")


def found_in(explanation):
    """Unit -> value of the first sample."""
    return {row.unit: row.score_change for row in explanation.values[0]}


def only(explanation, name):
    """Null, or the one part has a value and every other exactly 0."""
    if explanation.null:
        return
    found = found_in(explanation)
    if name in found:
        assert found.pop(name) != 0
    assert set(found.values()) <= {0.0}


@pytest.mark.parametrize(
    ("explainer", "role"),
    [(name, role) for name in BY_NAME for role in ("content", "style") if (name, role) != ("dissection", "style")],
)
def test_a_generator_that_reads_one_channel(explainer, role):
    explanation = gsx.explain(
        pipeline(generator=OneChannel()),
        CONTENT,
        STYLE,
        explainer=explainer,
        unit=unit("channels", role),
        baseline="zero",
        score=lambda o: o.stylized.square().mean((1, 2, 3)),
        mask=REGION,
        **BY_NAME[explainer],
    )
    if explainer != "dissection":
        assert found_in(explanation)["deep[4]"] != 0
    only(explanation, "deep[4]")


@pytest.mark.parametrize("explainer", BY_NAME)
def test_a_score_that_reads_one_channel(explainer):
    explanation = gsx.explain(
        pipeline(),
        CONTENT,
        STYLE,
        explainer=explainer,
        unit=unit("channels"),
        baseline="zero",
        score=lambda o: o.stylized_maps["deep"][:, 2].mean((1, 2)) - 5,
        mask=REGION,
        **BY_NAME[explainer],
    )
    only(explanation, "deep[2]")


@pytest.mark.parametrize("explainer", ["ablation", "shapley", "integrated-gradients"])
def test_a_style_through_the_deviation_alone(explainer):
    """The means of the style's channels play no part; channel 4's deviation does."""
    explanation = gsx.explain(
        pipeline(fusion=lambda c, s: c * s.std((2, 3), keepdim=True), generator=OneChannel()),
        CONTENT,
        STYLE,
        explainer=explainer,
        unit=unit("channels", "style"),
        baseline="zero",
        score=lambda o: o.stylized.square().mean((1, 2, 3)),
    )
    assert found_in(explanation)["deep[4]"] > 0
    only(explanation, "deep[4]")


@pytest.mark.parametrize("explainer", ["gradcam", "gradcam++"])
def test_pooled_gradients_are_blind_to_the_deviation(explainer):
    explanation = gsx.explain(
        pipeline(fusion=lambda c, s: c * s.std((2, 3), keepdim=True), generator=OneChannel()),
        CONTENT,
        STYLE,
        explainer=explainer,
        unit=unit("layer", "style"),
        baseline="zero",
        score=lambda o: o.stylized.square().mean((1, 2, 3)),
    )
    assert explanation.null
    assert "is blind here" in explanation.null_reason


@pytest.mark.parametrize("silent", ["content", "style"])
@pytest.mark.parametrize("explainer", BY_POSITION)
def test_one_call_only(explainer, silent):
    """One extractor reads both pictures. The fusion reads one call; the other call's map is worth nothing: null."""
    parts = pipeline(fusion=(lambda c, s: c) if silent == "style" else (lambda c, s: s))

    def explained(role):
        return gsx.explain(
            parts,
            CONTENT,
            STYLE,
            explainer=explainer,
            unit=unit("layer", role),
            baseline="zero",
            score=lambda o: o.stylized.square().mean((1, 2, 3)),
            **BY_POSITION[explainer],
        )

    assert explained(silent).null
    read = explained("content" if silent == "style" else "style")
    assert not read.null
    assert next(iter(read.maps.values())).on == ("content" if silent == "style" else "style")


class Pools(nn.Module):
    """deep is the picture averaged over 2 × 2 pixels: every position sees its own pixels only."""

    def __init__(self):
        super().__init__()
        self.layer_modules = {"deep": "pool"}
        self.pool = nn.AvgPool2d(2)

    def forward(self, image, layers):
        return {"deep": self.pool(image)} if "deep" in layers else {}


@pytest.mark.parametrize("role", ["content", "stylized"])
@pytest.mark.parametrize("name", ["layer", "picture"])
@pytest.mark.parametrize("explainer", LOCAL)
def test_a_score_of_one_region(explainer, name, role):
    """Norm-free, so that the region is the truth: outside exactly 0, but for the noise of random masks."""
    if name == "layer" and role == "stylized":
        read = lambda o: o.stylized_maps["deep"][:, :, 2:6, 2:6]  # noqa: E731
    else:
        read = lambda o: o.stylized[..., 4:12, 4:12]  # noqa: E731
    parts = gsx.Pipeline(Pools(), lambda c, s: c, nn.Upsample(scale_factor=2), layout=LAYOUT.select(["deep"]))
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer=explainer,
        unit=unit(name, role) if name == "layer" else {"name": name, "role": role},
        baseline="zero",
        score=lambda o: read(o).square().mean((1, 2, 3)) - 3,
        **BY_POSITION[explainer],
    )
    heat = next(iter(explanation.maps.values())).values[0].clone()
    side = heat.shape[0]
    inside = (slice(side // 4, 3 * side // 4),) * 2
    largest = heat.abs().argmax()
    assert side // 4 <= largest // side < 3 * side // 4
    assert side // 4 <= largest % side < 3 * side // 4
    if explainer == "rise":
        outside = heat.clone()
        outside[inside] = 0
        assert outside.abs().max() < heat.abs().max()
        return
    assert (heat[inside] > 0).float().mean() > 0.95
    heat[inside] = 0
    assert not heat.any()


@pytest.mark.parametrize("explainer", [*BY_POSITION])
@pytest.mark.parametrize("scale", [1e-12, -1.0])
def test_a_score_of_another_scale_ranks_alike(explainer, scale):
    def explained(factor):
        return gsx.explain(
            pipeline(),
            CONTENT,
            STYLE,
            explainer=explainer,
            unit=unit("layer", "style"),
            baseline="zero",
            score=lambda o: factor * o.stylized.square().mean((1, 2, 3)),
            **BY_POSITION[explainer],
        )

    plain, scaled = explained(1.0), explained(scale)
    assert plain.null == scaled.null
    if not plain.null:
        key = next(iter(plain.maps))
        values, others = plain.maps[key].values, scaled.maps[key].values / scale
        torch.testing.assert_close(others, values, rtol=1e-3, atol=1e-4 * values.abs().max().item())


def test_the_strength_at_which_half_the_way_is_gone():
    """The mean of the picture is linear in what the fusion gives, and so in α."""
    explanation = gsx.explain(
        pipeline(fusion=lambda c, s: s),
        CONTENT,
        STYLE,
        explainer="counterfactual",
        unit=unit("layer", "style"),
        baseline="zero",
        score=lambda o: o.stylized.mean((1, 2, 3)),
        reach=0.3,
    )
    assert explanation.provenance["alpha"] == [pytest.approx(0.3, abs=0.011)]


class Attends:
    """A fusion in which every content position takes from one style position."""

    def __call__(self, content, style, level):
        return style[level]

    def attention(self, content, style, level):
        count, _, height, width = content[level].shape
        weights = torch.zeros(count, height, width, *style[level].shape[-2:])
        weights[..., 3, 5] = 1
        return weights


def test_attention_of_a_fusion_that_attends():
    parts = pipeline(fusion=Attends())
    explanation = gsx.explain(parts, CONTENT, STYLE, explainer="attention", score=lambda o: o.stylized.mean((1, 2, 3)))
    heat = explanation.maps["received-deep"].values[0]
    assert divmod(int(heat.argmax()), heat.shape[1]) == (3, 5)
    assert heat.max() == heat.numel() - 1
    assert (explanation.maps["decided-deep"].values == 1).all()
    plain = gsx.explain(pipeline(), CONTENT, STYLE, explainer="attention", score=lambda o: o.stylized.mean((1, 2, 3)))
    assert plain.null
