"""resnet and unet: their contract against a real forward pass, and what training will need of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

import gsx_generators
from gsx.api import FeatureLayout
from gsx.ops.noise import position_noise
from gsx.ops.statistics import mean_std
from gsx_generators.blocks import Convolution, Modulation, double

from .generator_fakes import DOTTED, RESNET18, TINY, VGG, fused_maps, in_range, pictures

SPECS = {spec.name: spec for spec in gsx_generators.gsx_generators() if spec.trained}
both = pytest.mark.parametrize("name", SPECS)


def build(name: str, layout: FeatureLayout, **options: object) -> tuple[torch.nn.Module, FeatureLayout, int]:
    """A generator with narrow defaults, the levels it chose, and its size multiple."""
    spec = SPECS[name]
    chosen = spec.options(**{"channels": 8, **options})
    levels = layout.select(spec.levels(chosen, layout))
    torch.manual_seed(0)
    return spec.load()(chosen, levels).eval(), levels, spec.multiple(chosen, layout)


@both
@pytest.mark.parametrize("layout", [VGG, RESNET18, TINY, DOTTED], ids=["vgg", "resnet18", "tiny", "dotted"])
@pytest.mark.parametrize(("down", "across", "count"), [(1, 1, 1), (1, 3, 2), (2, 1, 3)])
def test_contract_holds_in_a_real_forward_pass(name, layout, down, across, count):
    generator, levels, multiple = build(name, layout)
    height, width = down * multiple, across * multiple
    image = generator(fused_maps(levels, height, width, count), pictures(count, 16, 16), None)
    assert image.shape == (count, 3, height, width)
    assert image.dtype == torch.float32
    assert in_range(image)


@pytest.mark.parametrize("options", [{"inject": False}, {"blocks": 0}, {"channels": 5}])
def test_resnet_options(options):
    generator, levels, _ = build("resnet", VGG, **options)
    assert generator(fused_maps(levels, 16, 24), pictures(), None).shape == (1, 3, 16, 24)


@both
def test_parameters_at_the_default_width(name):
    spec = SPECS[name]
    levels = VGG.select(spec.levels(spec.options(), VGG))
    count = sum(item.numel() for item in spec.load()(spec.options(), levels).parameters())
    assert 1e6 <= count <= 2.1e6


@both
def test_gradients_are_finite_and_reach_every_fused_map_and_parameter(name):
    generator, levels, _ = build(name, VGG)
    fused = {key: item.requires_grad_() for key, item in fused_maps(levels, 32, 32).items()}
    generator(fused, pictures(), None).square().mean().backward()
    for key, item in [*fused.items(), *generator.named_parameters()]:
        assert item.grad is not None, key
        assert item.grad.isfinite().all(), key
        assert item.grad.abs().max() > 0, key


@both
def test_range_and_gradients_with_huge_maps(name):
    generator, levels, _ = build(name, TINY)
    fused = {key: (item * 1e6).requires_grad_() for key, item in fused_maps(levels, 16, 16).items()}
    image = generator(fused, pictures(), None)
    image.mean().backward()
    assert in_range(image)
    assert all(item.grad.isfinite().all() for item in fused.values())


@both
def test_samples_of_a_batch_are_independent(name):
    generator, levels, _ = build(name, VGG)
    fused = fused_maps(levels, 32, 32, count=3)
    together = generator(fused, pictures(3), None)
    alone = [generator({key: item[i : i + 1] for key, item in fused.items()}, pictures(), None) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=0)
    assert not torch.allclose(together[0], together[1], atol=1e-4)


@both
def test_state_dict_round_trip(name):
    first, levels, _ = build(name, DOTTED)
    torch.manual_seed(5)
    second = SPECS[name].load()(SPECS[name].options(channels=8), levels)
    fused = fused_maps(levels, 16, 16)
    assert not torch.equal(first(fused, pictures(), None), second(fused, pictures(), None))
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(fused, pictures(), None), second(fused, pictures(), None))


@both
def test_content_does_not_bypass_the_fused_maps(name):
    generator, levels, _ = build(name, TINY)
    fused = fused_maps(levels, 16, 16)
    assert torch.equal(generator(fused, pictures(seed=1), None), generator(fused, pictures(seed=2), None))


def context_of(**attributes):
    return SimpleNamespace(
        noise=lambda like, stride: position_noise(
            tuple(like.shape[-2:]), stride=stride, seed=attributes.get("seed", 0)
        ),
        **{"whole": None, **attributes},
    )


@both
def test_constant_maps_are_grained(name):
    generator, levels, _ = build(name, VGG)
    fused = {key: item[:, :, :1, :1].expand_as(item) for key, item in fused_maps(levels, 48, 64).items()}
    image, other = (generator(fused, pictures(), context_of(seed=seed)) for seed in (0, 1))
    assert image.std(dim=(2, 3)).min() > 1e-4
    assert (image - other).abs().mean() > 1e-4
    assert torch.equal(image, generator(fused, pictures(), None))


@both
def test_without_grain_constant_maps_give_a_constant_picture(name):
    # Checkerboards and frames would show here: every pixel, also at the border, has to see the same.
    generator, levels, _ = build(name, VGG)
    for module in generator.modules():
        if isinstance(module, Modulation):
            module.affine.weight.data[-module.affine.out_features // 3 :] = 0
    fused = {key: item[:, :, :1, :1].expand_as(item) for key, item in fused_maps(levels, 48, 64).items()}
    image = generator(fused, pictures(), None)
    assert (image - image[:, :, :1, :1]).abs().max() < 1e-5


def test_doubling_and_convolving_touches_every_pixel_equally():
    # A strided transposed convolution fails this: its gradient differs between even and odd pixels.
    features = torch.ones(1, 1, 8, 8, requires_grad=True)
    layer = Convolution(1, 1)
    layer(double(features)).sum().backward()
    interior = features.grad[:, :, 2:-2, 2:-2]
    torch.testing.assert_close(interior, interior[:, :, :1, :1].expand_as(interior))


@both
def test_output_pixels_depend_on_a_bounded_neighbourhood(name):
    # The trait `tileable`: given the whole picture's statistics, a change in one corner does not reach the opposite.
    generator, levels, _ = build(name, TINY, **({"blocks": 1} if name == "resnet" else {}))
    fused = fused_maps(levels, 96, 96)
    changed = {key: item.clone() for key, item in fused.items()}
    for item in changed.values():
        item[:, :, 0, 0] += 5
    whole = {key: mean_std(item) for key, item in fused.items()}
    context = context_of(whole=whole)
    difference = (generator(fused, pictures(), context) - generator(changed, pictures(), context)).abs()
    assert difference[:, :, :8, :8].max() > 1e-5
    assert difference[:, :, 48:, 48:].max() == 0
