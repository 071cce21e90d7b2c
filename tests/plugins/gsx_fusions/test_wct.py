"""What whitening and colouring promises: the style's covariance, and nothing where there is nothing to do."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.ops.whitening import covariance, whiten_and_colour
from gsx_fusions.options import WctOptions
from gsx_fusions.wct import Wct


def maps(seed, *shape):
    """Correlated channels: independent ones, mixed."""
    random = torch.Generator().manual_seed(seed)
    mixing = torch.randn(shape[1], shape[1], generator=random)
    return torch.einsum("ij,njhw->nihw", mixing, torch.randn(shape, generator=random)) + torch.rand(1, generator=random)


def fused(content, style, **options):
    return Wct(WctOptions(**options))({"x": content}, {"x": style}, "x")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([(1, 1), (2, 2), (2, 1)]))
def test_means_and_covariance_are_the_styles(seed, channels, counts):
    content, style = maps(seed, counts[0], channels, 9, 8), maps(seed + 1, counts[1], channels, 7, 11)
    found, wanted = covariance(fused(content, style, floor=1e-9)), covariance(style)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs.expand_as(ours), rtol=1e-3, atol=1e-3 * theirs.abs().max().item())


def test_a_map_of_the_styles_covariance_stays():
    content = maps(3, 2, 5, 8, 8)
    shuffled = content.flatten(2)[:, :, torch.randperm(64, generator=torch.Generator().manual_seed(0))]
    torch.testing.assert_close(fused(content, content), content, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(fused(content, shuffled.reshape(content.shape)), content, rtol=1e-4, atol=1e-4)


def test_strength():
    content, style = maps(1, 1, 4, 6, 6), maps(2, 1, 4, 5, 7)
    assert torch.equal(fused(content, style, alpha=0), content)
    half = (content + fused(content, style)) / 2
    torch.testing.assert_close(fused(content, style, alpha=0.5), half)


def test_uncorrelated_channels_are_what_adain_does():
    """With diagonal covariances both give each channel the style's mean and deviation."""
    wave = torch.arange(64) * 2 * torch.pi / 64
    content = torch.stack([wave.sin(), (2 * wave).sin(), (3 * wave).sin()]).reshape(1, 3, 8, 8)
    scale, shift = torch.tensor([2.0, 0.5, 3.0]).view(1, 3, 1, 1), torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1)
    torch.testing.assert_close(fused(content, content.flip(-1) * scale + shift), content * scale + shift)


def test_a_direction_that_hardly_varies_is_not_blown_up():
    content = maps(5, 1, 3, 16, 16)
    content[:, 2] = content[:, 0] + 1e-6 * torch.randn(16, 16, generator=torch.Generator().manual_seed(1))
    style = maps(6, 1, 3, 16, 16)
    held, loose = whiten_and_colour(content, style, 1e-3), whiten_and_colour(content, style, 1e-30)
    assert held.abs().max() < 10 * style.abs().max()
    # Held, the noise of the third channel has next to no say: its correlation with the result stays near 0.
    noise = (content[:, 2] - content[:, 0]).flatten()
    noise = (noise - noise.mean()) / noise.std(correction=0)

    def share(result):
        flat = result[0].flatten(1) - result[0].flatten(1).mean(1, keepdim=True)
        return ((flat @ noise / len(noise)) / flat.std(1, correction=0)).abs().max().item()

    assert share(held) < 0.1 < share(loose)


@pytest.mark.parametrize("options", [{"floor": 0}, {"floor": 1}, {"alpha": 1.1}])
def test_options_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        WctOptions(**options)
