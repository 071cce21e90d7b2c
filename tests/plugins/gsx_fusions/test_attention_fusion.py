"""What the attention fusion promises, where its weights are known, and what it shows to explainers."""

import pytest
import torch

import gsx
from gsx.ops.attention import attention_weights, grid
from gsx.ops.statistics import mean_std
from gsx_fusions.attention import Attention
from gsx_fusions.options import AttentionOptions


def maps(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def fused(content, style, **options):
    return Attention(AttentionOptions(**options))({"x": content}, {"x": style}, "x")


def attention(content, style, **options):
    return Attention(AttentionOptions(**options)).attention({"x": content}, {"x": style}, "x")


def test_even_attention_is_adain():
    """Where there is one place to look at, mean and deviation are those of the whole style map."""
    content, style = maps(1, 2, 5, 6, 7), maps(2, 2, 5, 4, 9)
    weights = attention_weights(torch.zeros(1, 5, 3), maps(3, 1, 5, 4), 0.05)
    assert torch.allclose(weights, torch.full((1, 3, 4), 0.25))
    mean, std = mean_std(style, eps=0)
    flat = fused(content, style, most=1)
    own_mean, own_std = mean_std(content)
    torch.testing.assert_close(flat, (content - own_mean) / own_std * std + mean, rtol=1e-3, atol=1e-3)


def test_sharp_attention_takes_from_the_alike():
    """A style that is the content, moved around: each position finds itself, so the result is the content."""
    content = maps(4, 1, 16, 5, 5)
    order = torch.randperm(25, generator=torch.Generator().manual_seed(0))
    style = content.flatten(2)[:, :, order].reshape(content.shape)
    torch.testing.assert_close(fused(content, style, temperature=1e-3), content, rtol=1e-4, atol=1e-4)
    found = attention(content, style, temperature=1e-3).reshape(25, 25)
    assert torch.equal(found.argmax(1), order.argsort())


def test_weights_are_shares():
    found = attention(maps(1, 2, 4, 6, 8), maps(2, 1, 4, 5, 3))
    assert found.shape == (2, 6, 8, 5, 3)
    assert (found >= 0).all()
    torch.testing.assert_close(found.sum((3, 4)), torch.ones(2, 6, 8))


def test_a_large_map_is_averaged_over_cells():
    found = attention(maps(1, 1, 4, 60, 30), maps(2, 1, 4, 20, 40), most=50)
    assert found.shape[1] * found.shape[2] <= 50
    assert found.shape[3] * found.shape[4] <= 50
    assert grid(torch.zeros(1, 1, 60, 30), 50) == (10, 5)
    assert grid(torch.zeros(1, 1, 3, 4), 50) == (3, 4)
    assert fused(maps(1, 1, 4, 60, 30), maps(2, 1, 4, 20, 40), most=50).isfinite().all()


def test_strength():
    content, style = maps(1, 1, 4, 6, 6), maps(2, 1, 4, 5, 7)
    assert torch.equal(fused(content, style, alpha=0), content)
    torch.testing.assert_close(fused(content, style, alpha=0.25), content + 0.25 * (fused(content, style) - content))


def test_explainers_see_where_it_looks():
    """A content that is one corner of the style: that corner receives more than its share."""
    style = maps(7, 1, 3, 32, 32).sigmoid()
    content = style[..., :16, :16]
    pipeline = gsx.Pipeline(
        lambda image: image * 1.0,
        Attention(AttentionOptions(temperature=1e-3)),
        lambda fused: fused.clamp(0, 1),
    )
    found = gsx.explain(pipeline, content, style, explainer="attention", card="off")
    (received,) = [heat.values[0] for heat in found.maps.values() if heat.on == "style"]
    assert received[:16, :16].mean() > 0.5
    assert received[16:].mean() < received[:16, :16].mean() - 0.5


@pytest.mark.parametrize("options", [{"temperature": 0}, {"most": 0}, {"alpha": -0.1}])
def test_options_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        AttentionOptions(**options)
