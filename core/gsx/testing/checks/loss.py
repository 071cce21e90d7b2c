"""Rules for losses that are a term of the total."""

from __future__ import annotations

from gsx.specs.interfaces import Skip
from gsx.specs.kinds import LossSpec
from gsx.testing.checks import reading
from gsx.testing.compare import require, require_finite
from gsx.testing.subject import Subject


def _per_sample(subject: Subject) -> bool:
    assert isinstance(subject.spec, LossSpec)
    return subject.spec.per_sample


def value_per_picture(subject: Subject) -> None:
    """It gives one finite number per picture, shape (N,); a scalar only where ``per_sample=False`` says so."""
    if _per_sample(subject):
        reading.require_per_sample(subject, subject.component())
        return
    value = subject.component()(reading.outputs_for(subject))
    require(value.ndim <= 1, f"its value has shape {tuple(value.shape)}")
    require_finite(value, "its value")


def declared_layers(subject: Subject) -> None:
    """It reads the layers that its spec declares, and no other."""
    loss = subject.component()
    reading.require_only_declared(subject, lambda outputs: {"its value": loss(outputs)})


def batch_independent(subject: Subject) -> None:
    """A batch of N gives what N single pictures give."""
    if not _per_sample(subject):
        raise Skip("it declares per_sample=False")
    reading.require_same_alone(subject, subject.component())


def gradient_reaches_picture(subject: Subject) -> None:
    """A finite gradient reaches the stylised picture."""
    reading.require_picture_gradient(subject, subject.component())


CHECKS = (value_per_picture, declared_layers, batch_independent, gradient_reaches_picture)
