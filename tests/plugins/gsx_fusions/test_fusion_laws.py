"""What the built-in fusions promise, by hand, against other implementations, and over random maps."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gsx.ops.resample import resample
from gsx.plugins import installed_catalog
from gsx_fusions.adain import Adain
from gsx_fusions.content import Content
from gsx_fusions.options import AdainOptions, WeightedSumOptions
from gsx_fusions.weighted_sum import WeightedSum

QUICK = settings(max_examples=25, deadline=None)


def maps(seed, *shape, scale=1.0, shift=0.0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale + shift


def pyramid(seed, side=8):
    return {"a": maps(seed, 1, 3, 2 * side, 2 * side), "b": maps(seed + 1, 1, 4, side, side, shift=0.5)}


def weighted(**options):
    return WeightedSum(WeightedSumOptions(**options))


def straightforward_adain(content, style):
    """As anyone would write it from the paper, channel by channel."""
    result = torch.empty_like(content)
    for sample in range(len(content)):
        for channel in range(content.shape[1]):
            own, other = content[sample, channel], style[min(sample, len(style) - 1), channel]
            own_std = (own.var(correction=0) + 1e-5) ** 0.5
            other_std = (other.var(correction=0) + 1e-5) ** 0.5
            result[sample, channel] = (own - own.mean()) / own_std * other_std + other.mean()
    return result


@QUICK
@given(
    st.integers(0, 10_000),
    st.sampled_from([(1, 1), (3, 3), (3, 1)]),
    st.integers(1, 6),
    st.tuples(*[st.integers(2, 9)] * 4),
)
def test_adain_against_the_paper(seed, counts, channels, sides):
    content = maps(seed, counts[0], channels, sides[0], sides[1], scale=2)
    style = maps(seed + 1, counts[1], channels, sides[2], sides[3], scale=3, shift=1)
    made = Adain(AdainOptions())({"x": content}, {"x": style}, "x")
    torch.testing.assert_close(made, straightforward_adain(content, style), rtol=1e-5, atol=1e-5)


def test_adain_against_torchs_instance_norm():
    content, style = maps(1, 2, 5, 9, 7, scale=3), maps(2, 2, 5, 4, 6, shift=2)
    norm = nn.InstanceNorm2d(5, eps=1e-5, affine=False)
    wanted = norm(content) * (style.var((2, 3), correction=0, keepdim=True) + 1e-5).sqrt() + style.mean((2, 3), True)
    made = Adain(AdainOptions())({"x": content}, {"x": style}, "x")
    torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-5)


def test_adain_by_hand():
    content = torch.tensor([0.0, 2.0, 0.0, 2.0]).view(1, 1, 2, 2)
    style = torch.tensor([10.0, 16.0]).view(1, 1, 1, 2)
    made = Adain(AdainOptions(alpha=0.5))({"x": content}, {"x": style}, "x")
    torch.testing.assert_close(made.flatten(), torch.tensor([5.0, 9.0, 5.0, 9.0]), rtol=1e-4, atol=1e-4)


@QUICK
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_adain_interpolates(seed, alpha):
    content, style = {"x": maps(seed, 1, 3, 6, 5)}, {"x": maps(seed + 1, 1, 3, 4, 7, scale=2)}
    whole = Adain(AdainOptions())(content, style, "x")
    made = Adain(AdainOptions(alpha=alpha))(content, style, "x")
    torch.testing.assert_close(made, (1 - alpha) * content["x"] + alpha * whole, rtol=1e-5, atol=1e-5)


@QUICK
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_style_that_is_the_content_changes_nothing(seed, alpha):
    content = {"x": maps(seed, 2, 4, 6, 5, scale=3)}
    for fusion in (Adain(AdainOptions(alpha=alpha)), weighted(alpha=1 - alpha, weights={"x": 1.0})):
        torch.testing.assert_close(fusion(content, content, "x"), content["x"], rtol=1e-5, atol=1e-5)


def test_a_constant_channel_stays_finite():
    content, style = {"x": torch.full((1, 2, 4, 4), 3.0)}, {"x": maps(1, 1, 2, 4, 4)}
    assert Adain(AdainOptions())(content, style, "x").isfinite().all()


@pytest.mark.parametrize("align", ["adain", "swap", "none"])
@pytest.mark.parametrize("projection", ["fitted", "orthonormal"])
def test_alpha_1_beta_0_gives_the_content_exactly(align, projection):
    content, style = pyramid(1), pyramid(5)
    made = weighted(alpha=1, beta=0, align=align, projection=projection)(content, style, "b")
    assert torch.equal(made, content["b"])


def test_beta_is_what_alpha_leaves():
    content, style = pyramid(1), pyramid(5)
    for alpha in (0.0, 0.3, 1.0):
        left = weighted(alpha=alpha, weights={"b": 1.0})(content, style, "b")
        given = weighted(alpha=alpha, beta=1 - alpha, weights={"b": 1.0})(content, style, "b")
        assert torch.equal(left, given)


@QUICK
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_one_layer_aligned_by_adain_is_adain(seed, alpha):
    content, style = {"x": maps(seed, 2, 3, 6, 5, scale=2)}, {"x": maps(seed + 1, 2, 3, 4, 7, shift=1)}
    wanted = Adain(AdainOptions(alpha=alpha))(content, style, "x")
    made = weighted(alpha=1 - alpha, weights={"x": 1.0})(content, style, "x")
    torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-5)


def test_the_literal_sum_by_hand():
    """F̂ = 0.5·F_c + 2·(0.25·P(F_s^a) + 0.75·F_s^b): a is averaged onto b's grid, then mixed by P."""
    content = {"b": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 1, 2, 2)}
    style = {
        "a": torch.arange(16.0).view(1, 1, 4, 4),  # averages over 2×2: 2.5, 4.5, 10.5, 12.5
        "b": torch.tensor([[10.0, 20.0], [30.0, 40.0]]).view(1, 1, 2, 2),
    }
    fusion = weighted(alpha=0.5, beta=2, weights={"a": 0.25, "b": 0.75}, align="none")
    fusion.load_fit({"a>b.weight": torch.tensor([[2.0]]), "a>b.bias": torch.tensor([1.0])})
    # P(a) = 2·avg + 1 = 6, 10, 22, 26
    wanted = [0.5 + 0.5 * 6 + 1.5 * 10, 1.0 + 0.5 * 10 + 1.5 * 20, 1.5 + 0.5 * 22 + 1.5 * 30, 2.0 + 0.5 * 26 + 1.5 * 40]
    assert fusion(content, style, "b").flatten().tolist() == wanted


def test_the_literal_sum_brings_another_size_onto_the_contents_grid():
    content, style = {"x": maps(1, 1, 2, 4, 6)}, {"x": maps(2, 1, 2, 7, 3)}
    made = weighted(alpha=0, beta=1, weights={"x": 1.0}, align="none")(content, style, "x")
    torch.testing.assert_close(made, resample(style["x"], (4, 6)))


def test_swap_gathers_real_style_vectors():
    content, style = {"x": maps(1, 2, 5, 6, 4)}, {"x": maps(2, 1, 5, 7, 3, scale=2, shift=1)}
    made = weighted(alpha=0, beta=1, weights={"x": 1.0}, align="swap")(content, style, "x")
    assert made.shape == content["x"].shape
    pool = {tuple(vector) for vector in style["x"].flatten(2)[0].T.tolist()}
    for sample in made:
        assert {tuple(vector) for vector in sample.flatten(1).T.tolist()} <= pool


def test_swap_finds_what_was_shuffled():
    """The style is the content with its positions shuffled: the content comes back."""
    content = maps(3, 1, 8, 5, 6)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(0))
    style = content.flatten(2)[..., order].view(1, 8, 6, 5)
    made = weighted(alpha=0, weights={"x": 1.0}, align="swap")({"x": content}, {"x": style}, "x")
    assert torch.equal(made, content)


def test_weights_default_to_the_level_and_two_shallower_ones():
    from gsx_fusions.options import weights_at

    assert weights_at(WeightedSumOptions(), "abcde", "d") == {"d": 0.5, "c": 0.3, "b": 0.2}
    assert weights_at(WeightedSumOptions(), "abcde", "b") == {"b": 0.5 / 0.8, "a": 0.3 / 0.8}
    assert weights_at(WeightedSumOptions(), "abcde", "a") == {"a": 1.0}


def test_a_layer_of_weight_0_is_not_read():
    content, style = pyramid(1), pyramid(5)
    made = weighted(weights={"a": 0.0, "b": 1.0})(content, style, "b")
    assert torch.equal(made, weighted(weights={"b": 1.0})(content, style, "b"))


@pytest.mark.parametrize("name", ["adain", "weighted-sum", "content"])
def test_strength(name):
    """0 leaves the content untouched, exactly; 1 is the fusion's full style."""
    spec = installed_catalog().find("fusion", name).spec
    content, style = {"x": maps(1, 1, 3, 6, 5)}, {"x": maps(2, 1, 3, 4, 7, scale=2)}
    made = {
        strength: spec.load()(spec.options(**spec.strength(strength)))(content, style, "x")
        for strength in (0.0, 0.4, 1.0)
    }
    assert torch.equal(made[0.0], content["x"])
    full = content["x"] if name == "content" else straightforward_adain(content["x"], style["x"])
    torch.testing.assert_close(made[1.0], full, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(made[0.4], 0.6 * content["x"] + 0.4 * full, rtol=1e-5, atol=1e-5)


def test_the_content_fusion_is_the_identity():
    content = pyramid(1)
    assert Content(None)(content, pyramid(2), "b") is content["b"]


@pytest.mark.parametrize(
    "fusion",
    [
        Adain(AdainOptions(alpha=0.7)),
        weighted(alpha=0.3, weights={"x": 1.0}),
        weighted(alpha=0.3, weights={"x": 1.0}, align="none"),
    ],
)
def test_gradients(fusion):
    content, style = maps(1, 1, 2, 3, 3).requires_grad_(), maps(2, 1, 2, 3, 4).requires_grad_()
    made = fusion({"x": content}, {"x": style}, "x")
    (made * maps(3, *made.shape)).sum().backward()
    assert content.grad.abs().sum() > 0
    assert style.grad.abs().sum() > 0
