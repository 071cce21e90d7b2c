"""Numbers worked out by hand: signs, sums, baselines and roles."""

import pytest
import torch

import gsx

from .explaining_toys import WEIGHTS, linear, picture, pipeline, rows, unit

CONTENT, STYLE = picture(12, 16, seed=1), picture(12, 16, seed=2)
MADE = picture(12, 16, seed=3)


def deep(parts, image):
    return parts.modules["extractor"](image, ["deep"])["deep"]


def baseline_of(parts, name):
    own, content = deep(parts, MADE), deep(parts, CONTENT)
    return {"zero": own * 0, "content": content, "mean": own.mean((2, 3), keepdim=True).expand_as(own)}[name]


@pytest.mark.parametrize("baseline", ["zero", "content", "mean"])
@pytest.mark.parametrize("sign", [1, -1])
def test_gradcam_of_a_linear_score(baseline, sign):
    """∂S/∂A_k is w_k / HW at each position, so the map is Σ_k w_k (A_k - B_k) / HW."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        stylized=MADE,
        unit=unit("layer"),
        baseline=baseline,
        score=lambda outputs: sign * linear(outputs) - 100,
    )
    own = deep(parts, MADE)
    positions = own.shape[-2] * own.shape[-1]
    gap = own - baseline_of(parts, baseline)
    wanted = sign * torch.einsum("k,nkhw->nhw", WEIGHTS, gap) / positions
    if baseline == "mean":
        assert explanation.maps["gradcam"].values.sum().abs() < 1e-5
    torch.testing.assert_close(explanation.maps["gradcam"].values, wanted, rtol=1e-5, atol=1e-6)
    assert explanation.maps["gradcam"].on == "stylized"
    assert not explanation.null


@pytest.mark.parametrize("baseline", ["zero", "content"])
def test_the_positions_sum_to_the_scores_difference(baseline):
    """Completeness, which holds where the score is linear in the map."""
    parts = pipeline()
    explanation = gsx.explain(parts, CONTENT, STYLE, stylized=MADE, unit=unit("layer"), baseline=baseline, score=linear)
    gap = deep(parts, MADE) - baseline_of(parts, baseline)
    wanted = (gap.mean((2, 3)) * WEIGHTS).sum()
    torch.testing.assert_close(explanation.maps["gradcam"].values.sum(), wanted, rtol=1e-4, atol=1e-6)


def test_the_originals_relu():
    parts = pipeline()
    both, positive = (
        gsx.explain(parts, CONTENT, STYLE, stylized=MADE, unit=unit("layer"), score=linear, sign=sign)
        for sign in ("both", "positive")
    )
    values = both.maps["gradcam"].values
    assert values.min() < 0 < values.max()
    assert torch.equal(positive.maps["gradcam"].values, values.clamp_min(0))


@pytest.mark.parametrize("baseline", ["zero", "content", "mean"])
@pytest.mark.parametrize("shift", [0.0, -100.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_ablation_of_a_linear_score(baseline, shift, sign):
    """Channel k is worth w_k (mean A_k - mean B_k), whatever the signs of the activations and of the score."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        stylized=MADE,
        explainer="ablation",
        unit=unit("channels"),
        baseline=baseline,
        score=lambda outputs: sign * linear(outputs) + shift,
    )
    gap = (deep(parts, MADE) - baseline_of(parts, baseline)).mean((2, 3))[0]
    assert (deep(parts, MADE) < 0).any()
    wanted = sign * WEIGHTS * gap
    found = rows(explanation)
    assert list(found) == [f"deep[{index}]" for index in range(6)]
    torch.testing.assert_close(torch.tensor(list(found.values())), wanted, rtol=1e-4, atol=2e-5)
    assert found["deep[2]"] == 0 or shift, "a channel that the score does not read is worth exactly nothing"
    assert [row.image_change for row in explanation.values[0]] == [None] * 6


def test_ablation_of_a_quadratic_score():
    """Alone, a channel is worth its own square: x² - 0."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        stylized=MADE,
        explainer="ablation",
        unit=unit("channels"),
        baseline="zero",
        score=lambda o: o.stylized_maps["deep"].mean((2, 3)).square().sum(1),
    )
    wanted = deep(parts, MADE).mean((2, 3))[0].square()
    torch.testing.assert_close(torch.tensor(list(rows(explanation).values())), wanted, rtol=1e-4, atol=1e-6)


def test_ablation_of_layers_of_the_stylized_picture():
    """The score reads ``deep`` alone: where it leaves the network, ``shallow`` is worth nothing to it."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        stylized=MADE,
        explainer="ablation",
        baseline="zero",
        unit={"name": "layers", "role": "stylized"},
        score=linear,
    )
    base = linear(parts.outputs(CONTENT, STYLE, MADE, {}, {}, {}))
    found = rows(explanation)
    torch.testing.assert_close(found["deep"], base.item(), rtol=1e-5, atol=1e-6)
    assert found["shallow"] == 0


def test_ablation_inside_the_network_reaches_deeper_layers():
    """With every channel of ``shallow`` gone inside, ``deep`` is its bias."""
    from gsx.explaining.probe import PipelineProbe
    from gsx_units.channels import ChannelsUnit
    from gsx_units.options import MapOptions

    parts = pipeline()
    outputs = parts.outputs(CONTENT, STYLE, MADE, {}, {}, {})
    channels = ChannelsUnit(MapOptions(layer="shallow", inside=True))
    probe = PipelineProbe(parts, outputs, linear, channels, baseline="zero")
    bias = parts.modules["extractor"].second(torch.zeros(1, 4, 6, 8)).mean((2, 3))[0]
    torch.testing.assert_close(probe.values(torch.zeros(1, 4)).scores[0, 0], WEIGHTS @ bias, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layers", [["shallow", "deep"], ["deep", "shallow"], ["deep", "shallow", "deep"]])
def test_layers_keep_their_names_in_any_order(layers):
    """The order in which the recipe names layers is not the order in which they run."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        stylized=MADE,
        explainer="ablation",
        baseline="zero",
        unit={"name": "layers", "role": "stylized", "layers": layers},
        score=lambda outputs: outputs.stylized_maps["shallow"].mean((1, 2, 3)),
    )
    assert list(rows(explanation)) == list(dict.fromkeys(layers))
    assert rows(explanation)["deep"] == 0
    wanted = parts.modules["extractor"](MADE, ["shallow"])["shallow"].mean().item()
    assert rows(explanation)["shallow"] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("role", ["content", "style"])
def test_ablation_makes_the_picture_again(role):
    """Through a linear fusion and generator, a channel's worth is its share of the picture."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", role),
        baseline="zero",
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    )
    own = deep(parts, CONTENT if role == "content" else STYLE)[0].mean((1, 2)) * (0.3 if role == "content" else 1)
    weight = parts.modules["generator"].out.weight.mean(0).flatten()
    torch.testing.assert_close(torch.tensor(list(rows(explanation).values())), own * weight, rtol=1e-4, atol=1e-6)
    assert all(row.image_change > 0 for row in explanation.values[0])


def test_image_change_by_hand():
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", "style"),
        baseline="zero",
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    )
    weight = parts.modules["generator"].out.weight[:, :, 0, 0]
    style = deep(parts, STYLE)[0]
    for index, row in enumerate(explanation.values[0]):
        wanted = (weight[:, index, None, None] * style[index]).abs().mean().item()
        assert row.image_change == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_the_right_pictures_activations(role):
    """One extractor sees three pictures; the map is that of the one asked for."""
    from gsx.explaining.probe import PipelineProbe
    from gsx_units.layer import LayerUnit
    from gsx_units.options import MapOptions

    parts = pipeline()
    outputs = parts(CONTENT, STYLE)
    probe = PipelineProbe(parts, outputs, linear, LayerUnit(MapOptions(layer="deep", role=role)), baseline="zero")
    (activation,) = probe.activations()
    images = {"content": CONTENT, "style": STYLE, "stylized": outputs.stylized}
    assert torch.equal(activation.value, deep(parts, images[role]))
    assert activation.gradient.shape == (1, 6, 6, 8)
    assert activation.gradient.abs().sum() > 0
    if role == "stylized":
        torch.testing.assert_close(activation.gradient[0, :, 2, 3], WEIGHTS / 48, rtol=1e-5, atol=1e-7)


def test_gradcam_through_the_picture_by_hand():
    """Score = mean of the picture: each position of the style's map counts alike, by the decoder's weights."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        unit=unit("layer", "style"),
        baseline="zero",
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    )
    weight = parts.modules["generator"].out.weight.mean(0).flatten()
    wanted = torch.einsum("k,nkhw->nhw", weight, deep(parts, STYLE)) / 48
    torch.testing.assert_close(explanation.maps["gradcam"].values, wanted, rtol=1e-5, atol=1e-7)
    assert explanation.maps["gradcam"].on == "style"


def test_the_content_baseline_of_a_style_map():
    """Places do not correspond, so the style's map gets the content's mean and deviation."""
    parts = pipeline()
    explanation = gsx.explain(
        parts,
        CONTENT,
        STYLE,
        explainer="ablation",
        unit=unit("channels", "style"),
        baseline="content",
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    )
    gap = (deep(parts, STYLE) - deep(parts, CONTENT)).mean((2, 3))[0]
    weight = parts.modules["generator"].out.weight.mean(0).flatten()
    torch.testing.assert_close(torch.tensor(list(rows(explanation).values())), gap * weight, rtol=1e-4, atol=1e-6)


def test_probe_gradient_and_values():
    """Coefficients of channels: S(c) is linear in them here, so gradient and differences agree with the hand's."""
    from gsx.explaining.probe import PipelineProbe
    from gsx_units.channels import ChannelsUnit
    from gsx_units.options import MapOptions

    parts = pipeline()
    outputs = parts(CONTENT, STYLE)
    probe = PipelineProbe(parts, outputs, linear, ChannelsUnit(MapOptions(layer="deep")), baseline="zero")
    worth = deep(parts, outputs.stylized).mean((2, 3))[0] * WEIGHTS
    torch.testing.assert_close(probe.gradient()[0], worth, rtol=1e-4, atol=1e-6)
    coefficients = torch.rand(5, 6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(probe.values(coefficients).scores[:, 0], coefficients @ worth, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(probe.values(torch.ones(1, 6)).scores[0], probe.base)
    assert probe.gradient(torch.zeros(6)).shape == (1, 6)


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_batch_is_its_singles(role, shared):
    parts = pipeline()
    contents, styles = picture(12, 16, seed=4, count=3), picture(10, 14, seed=5, count=1 if shared else 3)
    score = lambda outputs: outputs.stylized.square().mean((1, 2, 3)) + linear(outputs)  # noqa: E731
    common = {"baseline": "zero", "score": score}
    together = gsx.explain(parts, contents, styles, unit=unit("layer", role), **common)
    ablated = gsx.explain(parts, contents, styles, explainer="ablation", unit=unit("channels", role), **common)
    for index in range(3):
        pair = contents[index : index + 1], styles if shared else styles[index : index + 1]
        one = gsx.explain(parts, *pair, unit=unit("layer", role), **common)
        found, wanted = together.maps["gradcam"].values[index], one.maps["gradcam"].values[0]
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)
        single = gsx.explain(parts, *pair, explainer="ablation", unit=unit("channels", role), **common)
        for row, other in zip(ablated.values[index], single.values[0], strict=True):
            assert row.score_change == pytest.approx(other.score_change, rel=1e-3, abs=1e-6)
            assert row.image_change == pytest.approx(other.image_change, rel=1e-3) if role != "stylized" else True


@pytest.mark.parametrize("explainer", ["gradcam", "ablation"])
def test_the_content_of_a_padded_picture(explainer):
    """Sides that no stride divides: the content's pass is the padded one, for taps and for their baselines."""
    parts = pipeline(multiple=8)
    content = picture(13, 18, seed=6)
    explanation = gsx.explain(
        parts,
        content,
        STYLE,
        explainer=explainer,
        baseline="zero",
        unit=unit("layer" if explainer == "gradcam" else "channels", "content"),
        score=lambda outputs: outputs.stylized.mean((1, 2, 3)),
    )
    assert not explanation.null
    if explainer == "ablation":
        assert all(row.score_change != 0 and row.image_change > 0 for row in explanation.values[0])
    else:
        assert explanation.maps["gradcam"].values.shape == (1, 8, 12)


def test_a_call_by_number():
    """A third party's unit may address the second run of the extractor instead of a role."""
    from gsx.api import Address
    from gsx.explaining.probe import PipelineProbe
    from gsx_units.channels import ChannelsUnit
    from gsx_units.options import MapOptions

    class Second(ChannelsUnit):
        def addresses(self, layout):
            return [Address("extractor", "deep", 1)]

    parts = pipeline()
    outputs = parts(CONTENT, STYLE)

    def score(outputs):
        return outputs.stylized.mean((1, 2, 3))

    content = ChannelsUnit(MapOptions(layer="deep", role="content"))
    by_number = PipelineProbe(parts, outputs, score, Second(MapOptions()), baseline="zero")
    by_role = PipelineProbe(parts, outputs, score, content, baseline="zero")
    assert torch.equal(by_number.values(1 - torch.eye(6)).scores, by_role.values(1 - torch.eye(6)).scores)
    assert torch.equal(by_number.activations()[0].gradient, by_role.activations()[0].gradient)


def test_a_call_by_number_where_the_content_is_padded():
    """Reading the padded content beside the pass is no call of it: the style's would be the second."""
    parts = pipeline(multiple=4)
    content, style = picture(13, 18, seed=4), picture(16, 12, seed=5)
    asked = {"explainer": "ablation", "score": "change", "baseline": "zero", "card": "off"}
    found = [gsx.explain(parts, content, style, unit=unit("channels", role), **asked) for role in (0, "style")]
    assert rows(found[0]) == pytest.approx(rows(found[1]), rel=1e-4)
