"""Adversarial losses, against numbers worked out by hand."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

import gsx_losses
from gsx.api import Options
from gsx_losses.bce import Bce
from gsx_losses.hinge import Hinge
from gsx_losses.lsgan import Lsgan
from gsx_losses.options import BceOptions, WganGpOptions
from gsx_losses.wgan_gp import WganGp

LOG2 = math.log(2)

MIXING = torch.tensor([0.25, 0.75]).view(2, 1, 1, 1)


def logits(*values: float) -> list[Tensor]:
    """One scale, one row of patches."""
    return [torch.tensor(values).view(1, 1, 1, -1)]


def test_bce_at_zero_is_log_2_for_each_side():
    bce, zero = Bce(BceOptions()), logits(0, 0)
    assert bce.discriminator(zero, zero).item() == pytest.approx(2 * LOG2)  # −log ½ − log ½
    assert bce.generator(zero).item() == pytest.approx(LOG2)  # −log ½
    assert Bce(BceOptions(saturating=True)).generator(zero).item() == pytest.approx(-LOG2)  # log(1 − ½)


def test_bce_at_log_3():
    # sigmoid(log 3) = 3/4. Real: −log ¾; fake: −log(1 − ¾) = log 4.
    three = logits(math.log(3))
    bce = Bce(BceOptions())
    assert bce.discriminator(three, three).item() == pytest.approx(math.log(4 / 3) + math.log(4))
    assert bce.generator(three).item() == pytest.approx(math.log(4 / 3))
    assert Bce(BceOptions(saturating=True)).generator(three).item() == pytest.approx(math.log(1 / 4))


@pytest.mark.parametrize("logit", [-20.0, -2.0, 0.0, 3.0])
def test_the_saturating_gradient_vanishes_where_the_discriminator_is_sure(logit: float):
    # d/dx log(1 − sigmoid(x)) = −sigmoid(x), d/dx −log sigmoid(x) = sigmoid(x) − 1.
    sure = 1 / (1 + math.exp(-logit))
    for saturating, expected in ((True, -sure), (False, sure - 1)):
        x = torch.tensor([[[[logit]]]], requires_grad=True)
        Bce(BceOptions(saturating=saturating)).generator([x]).backward()
        assert x.grad.item() == pytest.approx(expected, rel=1e-4)


def test_bce_bears_large_logits():
    assert Bce(BceOptions()).discriminator(logits(-1000.0), logits(1000.0)).item() == 2000.0


def test_lsgan():
    lsgan = Lsgan(Options())
    # ½·mean((3 − 1)², (1 − 1)²) + ½·mean(2², 0²) = 1 + 1.
    assert lsgan.discriminator(logits(3, 1), logits(2, 0)).item() == 2.0
    assert lsgan.discriminator(logits(0), logits(0)).item() == 0.5
    assert lsgan.discriminator(logits(1, 1), logits(0, 0)).item() == 0.0
    assert lsgan.generator(logits(3, 1)).item() == 1.0  # ½·mean(4, 0)


def test_hinge():
    hinge = Hinge(Options())
    # Real: max(0, 1 − 3) = 0, max(0, 1 − ½) = ½, mean ¼. Fake: max(0, 1 + 1) = 2, max(0, 1 − 4) = 0, mean 1.
    assert hinge.discriminator(logits(3, 0.5), logits(1, -4)).item() == 1.25
    assert hinge.discriminator(logits(0), logits(0)).item() == 2.0
    assert hinge.generator(logits(3, -1)).item() == -1.0


def test_wgan():
    wgan = WganGp(WganGpOptions())
    assert wgan.discriminator(logits(3, 1), logits(5, 0)).item() == 0.5  # 2.5 − 2
    assert wgan.generator(logits(3, -1)).item() == -1.0


@pytest.mark.parametrize("loss", [Bce(BceOptions()), Lsgan(Options()), Hinge(Options()), WganGp(WganGpOptions())])
def test_scales_count_the_same_whatever_their_size(loss):
    fine, coarse = torch.full((2, 1, 4, 4), 0.3), torch.full((2, 1, 1, 1), -0.7)
    assert loss.generator([fine, coarse]).item() == pytest.approx(
        (loss.generator([fine]).item() + loss.generator([coarse]).item()) / 2
    )
    assert loss.discriminator([fine, coarse], [coarse, fine]).item() == pytest.approx(
        (loss.discriminator([fine], [coarse]).item() + loss.discriminator([coarse], [fine]).item()) / 2
    )
    assert loss.generator([fine.half()]).dtype == torch.float32
    assert loss.generator([fine, coarse]).shape == loss.discriminator([fine], [fine]).shape == ()


@pytest.mark.parametrize("loss", [Bce(BceOptions()), Lsgan(Options()), Hinge(Options())])
def test_the_others_have_no_penalty(loss):
    def critic(image: Tensor) -> list[Tensor]:
        raise AssertionError("not called")

    assert loss.penalty(critic, torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4), MIXING).item() == 0.0


def linear(weight: Tensor):
    """D(x) = ⟨w, x⟩: its gradient is w everywhere, so the penalty is (‖w‖ − 1)² exactly."""
    return lambda image: [(image * weight).sum((1, 2, 3)).view(-1, 1, 1, 1)]


def test_the_penalty_of_a_linear_critic():
    # w of three elements 2, 2, 1 and zeros: ‖w‖ = 3; 10·(3 − 1)² = 40.
    weight = torch.zeros(3, 4, 4)
    weight[0, 0, 0], weight[1, 2, 3], weight[2, 1, 1] = 2, 2, 1
    real, fake = torch.rand(2, 2, 3, 4, 4)
    assert WganGp(WganGpOptions()).penalty(linear(weight), real, fake, MIXING).item() == pytest.approx(40)
    assert WganGp(WganGpOptions(gp_weight=0.5)).penalty(linear(weight), real, fake, MIXING).item() == pytest.approx(2)
    assert WganGp(WganGpOptions()).penalty(linear(weight / 3), real, fake, MIXING).item() == pytest.approx(0, abs=1e-10)


def test_patches_and_scales_do_not_multiply_the_penalty():
    weight = torch.zeros(3, 4, 4)
    weight[0, 0, 0] = 3

    def critic(image: Tensor) -> list[Tensor]:  # the same value at every patch of both scales
        (value,) = linear(weight)(image)
        return [value.expand(-1, 1, 7, 5), value.expand(-1, 1, 2, 2)]

    real, fake = torch.rand(2, 2, 3, 4, 4)
    assert WganGp(WganGpOptions(gp_weight=1.0)).penalty(critic, real, fake, MIXING).item() == pytest.approx(4)


def test_the_penalty_is_taken_on_the_line_between_with_one_epsilon_each():
    # D(x) = ½‖x‖² has gradient x. Real is all 1, fake all 0: x = ε everywhere, ‖x‖ = ε·sqrt(3·2·2) = ε·sqrt(12).
    def critic(image: Tensor) -> list[Tensor]:
        return [image.square().sum((1, 2, 3)).view(-1, 1, 1, 1) / 2]

    real, fake = torch.ones(4, 3, 2, 2), torch.zeros(4, 3, 2, 2)
    epsilon = torch.tensor([0.0, 0.3, 0.5, 0.9])
    value = WganGp(WganGpOptions(gp_weight=1.0)).penalty(critic, real, fake, epsilon.view(4, 1, 1, 1))
    torch.testing.assert_close(value, (epsilon * math.sqrt(12) - 1).square().mean())


def test_the_penalty_trains_the_critic_and_leaves_the_pictures_alone():
    weight = torch.full((3, 2, 2), 1.0, requires_grad=True)  # ‖w‖ = sqrt(12)
    real, fake = (picture.requires_grad_() for picture in torch.rand(2, 2, 3, 2, 2))
    WganGp(WganGpOptions(gp_weight=1.0)).penalty(linear(weight), real, fake, MIXING).backward()
    # d/dw (‖w‖ − 1)² = 2(‖w‖ − 1)·w/‖w‖
    norm = math.sqrt(12)
    torch.testing.assert_close(weight.grad, torch.full((3, 2, 2), 2 * (norm - 1) / norm))
    assert real.grad is None
    assert fake.grad is None


def test_the_penalty_is_float32_under_autocast_and_finite_where_the_critic_is_flat():
    critic = torch.nn.Conv2d(3, 1, 2)
    real, fake = torch.rand(2, 2, 3, 2, 2)
    expected = WganGp(WganGpOptions()).penalty(lambda image: [critic(image)], real, fake, MIXING)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = WganGp(WganGpOptions()).penalty(lambda image: [critic(image)], real.bfloat16().float(), fake, MIXING)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, expected)
    torch.nn.init.zeros_(critic.weight)
    WganGp(WganGpOptions()).penalty(lambda image: [critic(image)], real, fake, MIXING).backward()
    assert critic.weight.grad.isfinite().all()


def test_the_penalty_refuses_pictures_of_two_sizes():
    with pytest.raises(ValueError, match="interpolate"):
        WganGp(WganGpOptions()).penalty(
            linear(torch.ones(3, 4, 4)), torch.rand(1, 3, 4, 4), torch.rand(2, 3, 4, 4), MIXING
        )


def test_specs():
    specs = {spec.name: spec for spec in gsx_losses.gsx_losses()}
    assert list(specs) == ["content", "gram", "mean-std", "tv", "bce", "lsgan", "hinge", "wgan-gp"]
    adversarial = {name for name, spec in specs.items() if spec.role == "adversarial"}
    assert adversarial == {"bce", "lsgan", "hinge", "wgan-gp"}
    for spec in specs.values():
        assert spec.per_sample == (spec.role == "term")
        options = spec.options()
        assert hash(options) == hash(spec.options())
        assert isinstance(spec.load()(options), object)
        for name, described in spec.options.model_json_schema().get("properties", {}).items():
            assert described.get("description"), f"{spec.name}.{name}"
    assert "batch" in specs["wgan-gp"].refuses["batch_norm"]
    with pytest.raises(ValidationError):
        WganGpOptions(gp_weight=-1)


def test_listing_imports_no_torch():
    code = "import sys, gsx_losses; list(gsx_losses.gsx_losses()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
