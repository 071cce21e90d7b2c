"""Rules for every component that computes: it works wherever its input lies, and in the precision of trainings."""

from __future__ import annotations

import warnings

import torch

from gsx.specs.interfaces import Skip
from gsx.specs.kinds import GeneratorSpec
from gsx.testing.checks.exercise import exercise
from gsx.testing.compare import require, require_finite
from gsx.testing.placing import OTHER_DEVICE, other_device
from gsx.testing.subject import Subject

COMPUTING = ("extractor", "fusion", "generator", "discriminator", "loss", "score")
"""Kinds that get tensors and give tensors. Units and explainers see the probe's; metrics give numbers."""

UNDER_AUTOCAST = ("extractor", "generator", "discriminator", "loss")
"""Kinds that a training runs under autocast. Fusions are computed in float32 everywhere."""

NEAR = 0.1
"""A share of the largest value; bfloat16 keeps three digits, of which a deep network leaves one or two."""


def follows_its_input(subject: Subject) -> None:
    """On another device it computes there: it makes no tensor of its own elsewhere."""
    try:
        with other_device(), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of autocast, that there is no such device
            results = exercise(subject, subject.fresh(device=OTHER_DEVICE), OTHER_DEVICE)
    except RuntimeError as error:
        if type(error).__name__ in ("DataDependentOutputException", "DynamicOutputShapeException"):
            raise Skip("it decides by values, and there is no second device on this machine to have some") from error
        raise
    except AssertionError as error:
        if "FakeTensor" not in str(error):
            raise
        raise Skip("it keeps tensors beside its module, and there is no second device here to move them to") from error
    for name, value in results.items():
        require(
            value.device.type == OTHER_DEVICE, f"given tensors on {OTHER_DEVICE}, it gives {name!r} on {value.device}"
        )


def bears_half_precision(subject: Subject) -> None:
    """Under autocast to bfloat16, as in trainings, it gives finite numbers near those of float32."""
    exact = exercise(subject, subject.component())
    with torch.autocast("cpu", torch.bfloat16):
        half = exercise(subject, subject.component())
    for name, value in half.items():
        require_finite(value, f"{name!r} under autocast")
        if isinstance(subject.spec, GeneratorSpec) and "iterative" in subject.spec.traits:
            continue  # its steps lead elsewhere from what is a rounding error at first
        apart, scale = (value.float() - exact[name]).abs().max().item(), exact[name].abs().max().item()
        require(
            apart <= NEAR * scale + 1e-6,
            f"{name!r} under autocast is up to {apart:.3g} from that in float32 (values up to {scale:.3g})",
        )


CHECKS = {follows_its_input: COMPUTING, bears_half_precision: UNDER_AUTOCAST}
"""Each rule, and the kinds of component that it is for."""
