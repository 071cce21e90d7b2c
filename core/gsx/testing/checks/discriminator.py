"""Rules for discriminators."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gsx.errors import ContractError
from gsx.pipeline.adapt import takes_style
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import DiscriminatorSpec
from gsx.testing.checks.sizes import logit_sizes
from gsx.testing.compare import require, require_close, require_finite, require_gradient
from gsx.testing.pictures import noise, picture
from gsx.testing.subject import Subject

TINY = ((4, 4), (9, 9), (16, 16), (24, 200))
"""Sizes that a contract has to refuse, or get right."""

NORMS = {"BatchNorm": "batch_norm", "InstanceNorm": "instance_norm", "SpectralNorm": "spectral_norm"}
"""Part of a module class's name -> the trait that it stands for."""


def _spec(subject: Subject) -> DiscriminatorSpec:
    assert isinstance(subject.spec, DiscriminatorSpec)
    return subject.spec


def _logits(discriminator: Any, image: Tensor, style: Tensor | None = None) -> Any:
    """What it returns of a picture; a conditional one sees the picture itself, mirrored, as its style."""
    if not takes_style(discriminator):
        return discriminator(image)
    return discriminator(image, image.detach().flip(-1) if style is None else style)


def _judge(discriminator: Any, image: Tensor, style: Tensor | None = None) -> list[Tensor]:
    with torch.no_grad():
        return list(_logits(discriminator, image, style))


def declared_logit_grids(subject: Subject) -> None:
    """Each logit map is (N, 1, h, w) of the declared grid; a picture too small for it is refused by the contract."""
    spec, discriminator = _spec(subject), subject.component()
    for size in (*logit_sizes(subject), *TINY):
        try:
            grids = spec.logit_grids(subject.options, size)
        except ContractError as refusal:
            require(bool(refusal.hint), f"it refuses {size[0]}×{size[1]} px without a hint what to try")
            continue
        logits = _logits(discriminator, noise(2, size))
        require(isinstance(logits, Sequence), f"it returns a {type(logits).__name__}, expected one tensor per scale")
        shapes = [tuple(scale.shape) for scale in logits]
        wanted = [(2, 1, *grid) for grid in grids]
        require(shapes == wanted, f"for {size[0]}×{size[1]} px declared are {wanted}, given {shapes}")


def raw_logits(subject: Subject) -> None:
    """Logits are raw: they take both signs, and nothing bounds them."""
    image = noise(2, logit_sizes(subject)[0])
    values = torch.cat([scale.flatten() for seed in range(8) for scale in _judge(subject.fresh(seed), image)])
    require_finite(values, "logits of random weights")
    low, high = values.min().item(), values.max().item()
    require(low < 0 < high, f"with eight random weights, logits lie in [{low:.3g}, {high:.3g}]: is there a sigmoid?")
    discriminator = subject.component()
    if not isinstance(discriminator, nn.Module):
        return
    strong = copy.deepcopy(discriminator)
    with torch.no_grad():
        for parameter in strong.parameters():
            parameter.mul_(1000)
    largest = max(scale.abs().max().item() for scale in _judge(strong, image))
    bounded = largest <= 1.5
    require(not bounded, f"with weights a thousand times as large, logits stay within {largest:.3g}: what bounds them?")


def declared_traits(subject: Subject) -> None:
    """The declared norms and scales are those that its modules have; *conditional* is what its arguments say."""
    discriminator = subject.component()
    if not isinstance(discriminator, nn.Module):
        raise Skip("it is no nn.Module, so its norms cannot be found")
    found = set()
    for module in discriminator.modules():
        found |= {trait for part, trait in NORMS.items() if part in type(module).__name__}
        if any("SpectralNorm" in type(hook).__name__ for hook in module._forward_pre_hooks.values()):
            found.add("spectral_norm")
    if len(_judge(discriminator, noise(1, logit_sizes(subject)[0]))) > 1:
        found.add("multi_scale")
    if takes_style(discriminator):
        found.add("conditional")
    declared = set(_spec(subject).traits(subject.options))
    require(found == declared, f"declared are {_listed(declared)}; its modules have {_listed(found)}")


def _listed(traits: set[Any]) -> str:
    return ", ".join(sorted(traits)) or "none"


def batch_independent(subject: Subject) -> None:
    """A picture's logits are the same alone and in a batch; without batch norm, also while training."""
    discriminator, image = subject.component(), picture(3, logit_sizes(subject)[0])
    traits = _spec(subject).traits(subject.options)
    modes = (False,) if traits & {"batch_norm", "spectral_norm"} else (False, True)  # these change as they train
    for training in modes:
        judge = discriminator
        if isinstance(judge, nn.Module):
            judge = copy.deepcopy(judge).train(training)
        together = _judge(judge, image)
        for index in range(3):
            for scale, alone in zip(together, _judge(judge, image[index : index + 1]), strict=True):
                mode = "while training" if training else "in evaluation mode"
                require_close(scale[index : index + 1], alone, f"picture {index} in a batch and alone, {mode}")


def gradient_reaches_image(subject: Subject) -> None:
    """From each scale, a finite gradient reaches the picture."""
    discriminator = subject.component()
    image = picture(1, logit_sizes(subject)[0]).requires_grad_()
    for index, scale in enumerate(_logits(discriminator, image)):
        total = (scale * torch.randn_like(scale)).sum()
        (gradient,) = torch.autograd.grad(total, image, allow_unused=True, retain_graph=True)
        require_gradient(gradient, f"the picture from scale {index}")


def conditional_looks_at_style(subject: Subject) -> None:
    """Where *conditional* is declared, another style picture, of any size, gives the same picture other logits."""
    if "conditional" not in _spec(subject).traits(subject.options):
        raise Skip("it does not declare 'conditional', so it sees no style picture")
    discriminator, size = subject.component(), logit_sizes(subject)[0]
    image, larger = picture(2, size, seed=1), (size[0] + 16, size[1] + 32)
    for first, second in zip(
        _judge(discriminator, image, picture(2, larger, seed=2)),
        _judge(discriminator, image, noise(2, size)),
        strict=True,
    ):
        require(not torch.allclose(first, second, atol=1e-6), "two style pictures give a picture the same logits")


CHECKS = (
    declared_logit_grids,
    raw_logits,
    declared_traits,
    batch_independent,
    gradient_reaches_image,
    conditional_looks_at_style,
)
