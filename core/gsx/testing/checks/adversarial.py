"""Rules for adversarial losses."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.specs.interfaces import Skip
from gsx.specs.kinds import LossSpec
from gsx.testing.compare import require, require_finite, require_gradient, require_shape
from gsx.testing.pictures import noise, picture
from gsx.testing.subject import Subject
from gsx.testing.toy.reference import toy_discriminator

SCALES = ((6, 5), (3, 2))

SURE = 200.0
"""A logit whose sigmoid is 0 or 1 in float32, so that the logarithm of it is infinite."""


def _logits(seed: int, *, at: float | None = None) -> list[Tensor]:
    """Logit maps of two scales: random, or all ``at``."""
    random = torch.Generator().manual_seed(seed)
    return [
        torch.randn(3, 1, *size, generator=random) if at is None else torch.full((3, 1, *size), at) for size in SCALES
    ]


def scalar_sides(subject: Subject) -> None:
    """Both sides give one finite number, also for logits that are sure of themselves."""
    loss = subject.component()
    for real, fake in (
        (_logits(1), _logits(2)),
        (_logits(0, at=SURE), _logits(0, at=-SURE)),
        (_logits(0, at=-SURE), _logits(0, at=SURE)),
    ):
        for side, value in (("discriminator", loss.discriminator(real, fake)), ("generator", loss.generator(fake))):
            require_shape(value, (), f"the {side} side")
            require_finite(value, f"the {side} side")


def gradients_of_sides(subject: Subject) -> None:
    """Finite gradients reach every scale's real and fake logits, from the generator's side the fake ones."""
    loss = subject.component()
    real, fake = ([scale.requires_grad_() for scale in _logits(seed)] for seed in (1, 2))
    for side, value, inputs in (
        ("discriminator", loss.discriminator(real, fake), [*real, *fake]),
        ("generator", loss.generator(fake), fake),
    ):
        gradients = torch.autograd.grad(value, inputs, allow_unused=True)
        for index, gradient in enumerate(gradients):
            require_gradient(gradient, f"logit map {index} from the {side} side")


def sides_pull_apart(subject: Subject) -> None:
    """From undecided logits, the discriminator gains by parting real and fake, the generator by raising fake."""
    loss = subject.component()
    zero, up, down = _logits(0, at=0.0), _logits(0, at=0.25), _logits(0, at=-0.25)
    apart, even, wrong = (loss.discriminator(*pair).item() for pair in ((up, down), (zero, zero), (down, up)))
    shown = f"{apart:.3g} parted, {even:.3g} undecided, {wrong:.3g} the wrong way"
    require(apart < even < wrong, f"the discriminator's loss is {shown}")
    fooled, caught = loss.generator(up).item(), loss.generator(down).item()
    require(fooled < caught, f"the generator's loss is {fooled:.3g} with raised logits, {caught:.3g} with lowered ones")


def scales_count_alike(subject: Subject) -> None:
    """A second scale with the same logits changes nothing: values do not grow with the number of scales."""
    loss = subject.component()
    (real, *_), (fake, *_) = _logits(1), _logits(2)
    for side, one, two in (
        ("discriminator", loss.discriminator([real], [fake]), loss.discriminator([real] * 2, [fake] * 2)),
        ("generator", loss.generator([fake]), loss.generator([fake] * 2)),
    ):
        same = torch.allclose(one, two, rtol=1e-5)
        require(same, f"the {side} side is {one:.4g} of one scale and {two:.4g} of two alike")


def sound_penalty(subject: Subject) -> None:
    """The penalty is a finite number ≥ 0; where it is not 0, its gradient reaches the discriminator alone."""
    require(hasattr(subject.component(), "penalty"), "it has no method penalty(); one without a penalty gives a zero")
    critic = toy_discriminator().requires_grad_()
    real, fake = picture(2).requires_grad_(), noise(2).requires_grad_()
    penalty = subject.component().penalty(critic, real, fake, torch.tensor([0.25, 0.75]).view(2, 1, 1, 1))
    require_shape(penalty, (), "the penalty")
    require_finite(penalty, "the penalty")
    require(penalty.item() >= 0, f"the penalty is {penalty.item():.3g}")
    if penalty.requires_grad:
        penalty.backward()
        gradients = [parameter.grad for parameter in critic.parameters() if parameter.grad is not None]
        require(bool(gradients), "the penalty's gradient does not reach the discriminator")
        for gradient in gradients:
            require_finite(gradient, "the penalty's gradient")
    else:
        require(penalty.item() == 0, "a penalty that is not 0 has no gradient")
    require(real.grad is None and fake.grad is None, "the penalty leaves gradients on the pictures")


def closed_form_values(subject: Subject) -> None:
    """Where every logit is 0, each side's value is the one that ``closed_form`` declares."""
    assert isinstance(subject.spec, LossSpec)
    declared = subject.spec.closed_form(subject.options)
    if not declared:
        raise Skip("it declares no value that is known beforehand")
    loss, zero = subject.component(), _logits(0, at=0.0)
    sides = {"discriminator": loss.discriminator(zero, zero), "generator": loss.generator(zero)}
    for side, expected in declared.items():
        require(side in sides, f"closed_form names {side!r}; known are {', '.join(sides)}")
        value = sides[side].item()
        near = abs(value - expected) <= 1e-5 * max(1.0, abs(expected))
        require(near, f"the {side} side is {value:.6g} where every logit is 0, declared is {expected:.6g}")


CHECKS = (scalar_sides, gradients_of_sides, sides_pull_apart, scales_count_alike, closed_form_values, sound_penalty)
