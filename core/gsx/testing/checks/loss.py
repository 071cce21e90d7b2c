"""Rules for losses that are a term of the total."""

from __future__ import annotations

import torch

from gsx.specs.interfaces import Skip
from gsx.specs.kinds import LossSpec
from gsx.testing.checks import reading
from gsx.testing.compare import require, require_finite
from gsx.testing.outputs import SIZE
from gsx.testing.pictures import picture
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


def closed_form_values(subject: Subject) -> None:
    """Where the result is a picture for which ``closed_form`` declares a value, that is its value."""
    assert isinstance(subject.spec, LossSpec)
    declared = subject.spec.closed_form(subject.options)
    if not declared:
        raise Skip("it declares no value that is known beforehand")
    loss, content, style = subject.component(), picture(2, SIZE, seed=1), picture(2, SIZE, seed=2)
    results = {"content": content, "style": style, "flat": torch.full_like(content, 0.5)}
    usual = loss(reading.outputs_for(subject)).abs().max().item()
    for where, expected in declared.items():
        require(where in results, f"closed_form names {where!r}; known are {', '.join(results)}")
        value = loss(reading.outputs_for(subject, content=content, style=style, stylized=results[where]))
        off = (value - expected).abs()
        came = value.flatten()[off.argmax()].item()
        require(
            off.max().item() <= 1e-4 * max(abs(expected), usual),
            f"where the result is {where}, its value is {came:.4g}, declared is {expected:.4g} "
            f"(another picture's is {usual:.4g})",
        )


CHECKS = (value_per_picture, declared_layers, batch_independent, gradient_reaches_picture, closed_form_values)
