"""Discriminators: the declared logit grids and traits, against real forward passes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn

import gsx_discriminators
from gsx.api import ContractError
from gsx_discriminators.multiscale_patchgan import MultiscalePatchgan
from gsx_discriminators.options import MultiscaleOptions, PatchganOptions, StylePatchganOptions
from gsx_discriminators.patchgan import Patchgan
from gsx_discriminators.style_patchgan import StylePatchgan

SPECS = {spec.name: spec for spec in gsx_discriminators.gsx_discriminators()}
SIZES = st.tuples(st.integers(1, 90), st.integers(1, 90))


def judged(name: str, network: nn.Module, image: torch.Tensor) -> list[torch.Tensor]:
    """Logits; beside the picture itself, upside down, where a style is looked at."""
    return list(network(image, image.flip(-2)) if name.startswith("style") else network(image))


def grids(logits) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(scale.shape[2:]) for scale in logits)


@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
@pytest.mark.parametrize("name", SPECS)
@settings(max_examples=25, deadline=None)
@given(size=SIZES, layers=st.integers(1, 4), scales=st.integers(2, 4))
def test_the_declared_grid_is_the_real_one(name: str, norm: str, size: tuple[int, int], layers: int, scales: int):
    spec = SPECS[name]
    extra = {} if name == "patchgan" else {"scales": scales}
    options = spec.options(base_channels=1, layers=layers, norm=norm, **extra)
    network, image = spec.load()(options), torch.rand(1, 3, *size)
    try:
        declared = spec.logit_grids(options, size)
    except ContractError:
        with pytest.raises((RuntimeError, ValueError)):
            judged(name, network, image)
        return
    logits = judged(name, network, image)
    assert grids(logits) == declared
    assert all(scale.shape[:2] == (1, 1) for scale in logits)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_the_smallest_size_is_the_one_that_the_message_names(name: str, layers: int):
    spec = SPECS[name]
    options = spec.options(layers=layers)
    with pytest.raises(ContractError, match="got 4000x1") as error:
        spec.logit_grids(options, (1, 4000))
    assert "discriminator.layers" in error.value.hint
    smallest = int(error.value.message.split("at least ")[1].split(" px")[0])
    assert spec.logit_grids(options, (smallest, smallest))[-1] == (1, 1)
    with pytest.raises(ContractError):
        spec.logit_grids(options, (smallest - 1, 4000))


def test_known_grids():
    # 256 -> 128 -> 64 -> 32 by halving, then 4x4 with padding 1 takes one off twice: 30 (pix2pix's 30x30).
    assert SPECS["patchgan"].logit_grids(PatchganOptions(), (256, 256)) == ((30, 30),)
    # 101 -> 50 -> 25 -> 12 -> 10; 256 -> 30.
    assert SPECS["patchgan"].logit_grids(PatchganOptions(), (101, 256)) == ((10, 30),)
    # 256, 128, 64 -> 30, 14, 6.
    assert SPECS["multiscale-patchgan"].logit_grids(MultiscaleOptions(), (256, 256)) == ((30, 30), (14, 14), (6, 6))


def test_a_logit_judges_70_by_70_pixels():
    # Backwards from one logit, with kernel 4: 1 -> 4 -> 7 (stride 1), then r -> 2r + 2: 16 -> 34 -> 70.
    network = Patchgan(PatchganOptions(base_channels=2, norm="none"))
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    network(image)[0][0, 0, 7, 7].backward()
    rows, columns = image.grad.abs().sum((0, 1)).nonzero().T
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == 70


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
@pytest.mark.parametrize("spectral", [False, True])
def test_traits_are_what_is_inside(name: str, norm: str, spectral: bool):
    spec = SPECS[name]
    options = spec.options(base_channels=2, norm=norm, spectral_norm=spectral)
    network = spec.load()(options)
    inside = set()
    for module in network.modules():
        inside |= {"batch_norm"} if isinstance(module, nn.BatchNorm2d) else set()
        inside |= {"instance_norm"} if isinstance(module, nn.InstanceNorm2d) else set()
        inside |= {"spectral_norm"} if nn.utils.parametrize.is_parametrized(module, "weight") else set()
    inside |= {"multi_scale"} if len(judged(name, network, torch.rand(1, 3, 100, 100))) > 1 else set()
    inside |= {"conditional"} if name.startswith("style") else set()
    assert spec.traits(options) == inside


def test_the_style_adds_the_inner_product_of_features():
    options = StylePatchganOptions(base_channels=2, layers=1, scales=1, spectral_norm=False)
    network = StylePatchgan(options)
    image, style = torch.rand(1, 3, 20, 24), torch.rand(1, 3, 32, 16)
    (alone,) = network.scales[0](image)
    network.projections[0].weight.data.zero_()
    assert torch.equal(network(image, style)[0], alone)
    network.projections[0].weight.data.copy_(torch.eye(4))
    features, beside = (network.scales[0].features(picture) for picture in (image, style))
    product = (features * beside.mean((2, 3), keepdim=True)).sum(1, keepdim=True)
    # One logit in the middle: the mean over the 4x4 products that its patch covers.
    added = (network(image, style)[0] - alone)[0, 0, 3, 5]
    torch.testing.assert_close(added, product[0, 0, 2:6, 4:8].mean())


def test_it_soon_tells_which_style_belongs_to_a_picture():
    """Stripes of two widths; beside its own width a picture is real. The style has to have a say from the start."""
    torch.manual_seed(0)
    wide = ((torch.arange(96) // 4) % 2).float().expand(1, 3, 96, 96)
    narrow = (torch.arange(96) % 2).float().expand(1, 3, 96, 96)
    styles = torch.cat([wide, narrow])
    network = StylePatchgan(StylePatchganOptions(scales=1))
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
    for _ in range(20):
        real = (styles + 0.1 * torch.randn(2, 3, 96, 96)).clamp(0, 1)
        (matched,), (mismatched,) = network(real, styles), network(real, styles.flip(0))
        optimizer.zero_grad()
        (torch.relu(1 - matched).mean() + torch.relu(1 + mismatched).mean()).backward()
        optimizer.step()
    assert (matched.mean((1, 2, 3)) - mismatched.mean((1, 2, 3))).min() > 1


def test_widths_double_up_to_eight_times():
    network = Patchgan(PatchganOptions(base_channels=4, layers=5))
    widths = [module.out_channels for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert widths == [4, 8, 16, 32, 32, 32, 1]


def test_spectral_norm_bounds_the_weights():
    torch.manual_seed(0)
    network = Patchgan(PatchganOptions(base_channels=4, layers=2, norm="none", spectral_norm=True))
    for _ in range(50):  # power iteration, one step per forward pass in training mode
        network(torch.rand(1, 3, 32, 32))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            largest = torch.linalg.matrix_norm(module.weight.flatten(1), ord=2).item()
            assert largest == pytest.approx(1, abs=0.02)


def test_logits_are_raw_and_samples_do_not_mix():
    torch.manual_seed(0)
    network = MultiscalePatchgan(MultiscaleOptions(base_channels=4, layers=1, scales=2))
    images = torch.rand(3, 3, 40, 40)
    together = network(images * 100)
    assert any((scale < 0).any() for scale in together)
    for index in range(3):
        for scale, alone in zip(together, network(images[index : index + 1] * 100), strict=True):
            torch.testing.assert_close(scale[index : index + 1], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("wrong", [{"layers": 0}, {"base_channels": 0}, {"norm": "layer"}, {"scales": 1}])
def test_options_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        MultiscaleOptions(**wrong)


def test_listing_imports_no_torch():
    code = "import sys, gsx_discriminators as g; list(g.gsx_discriminators()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
