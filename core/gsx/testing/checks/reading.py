"""What losses, scores and metrics have in common: they read a record and give one value per picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gsx.pipeline.outputs import PassOutputs
from gsx.specs.kinds import Spec
from gsx.testing.compare import require, require_close, require_finite, require_gradient, require_shape
from gsx.testing.outputs import SIZE, sample, toy_outputs
from gsx.testing.pictures import picture
from gsx.testing.subject import Subject
from gsx.testing.traces import untouched

Values = Callable[[PassOutputs], dict[str, Tensor]]


def metric_pictures(spec: Spec) -> int:
    """How many pictures a metric is tried with: a figure over a set needs some."""
    return 6 if getattr(spec, "scope", "pair") == "set" else 3


def declared(subject: Subject) -> tuple[str, ...]:
    """The layers that the spec declares, all of them there."""
    spec: Any = subject.spec
    layout = subject.layout()
    names = tuple(spec.layers(subject.options, layout))
    if names:
        layout.select(names, who="layers()")
    return names


def outputs_for(subject: Subject, count: int = 2, *, narrow: bool = False, **pictures: Any) -> PassOutputs:
    """A toy record with the declared layers alone.

    Args:
        narrow: the record's layout holds no more than these either, as where nobody else reads a layer.
    """
    layout, names = subject.layout(), declared(subject)
    return toy_outputs(
        count, extractor=layout, layers=names, layout=layout.select(names) if narrow and names else layout, **pictures
    )


def require_only_declared(subject: Subject, values: Values, count: int = 2) -> None:
    """The same values whoever else reads further layers, and no layer read that is not declared."""
    everything = values(toy_outputs(count, extractor=subject.layout()))
    for narrow in (False, True):
        alone = values(outputs_for(subject, count, narrow=narrow))
        require(list(alone) == list(everything), "with the declared layers alone it gives other figures")
        for name, value in alone.items():
            require_close(value, everything[name], f"{name} with the declared layers alone and with all")


def require_per_sample(subject: Subject, component: Any) -> None:
    """One finite number per picture, for batches of 1 and 3, and the pictures are as before."""
    for count in (1, 3):
        outputs = outputs_for(subject, count)
        pictures = {"content": outputs.content, "style": outputs.style, "the stylised picture": outputs.stylized}
        with untouched({}, pictures):
            value = component(outputs)
        require_shape(value, (count,), f"its value for {count} pictures")
        require_finite(value, f"its value for {count} pictures")


def require_same_alone(subject: Subject, component: Any) -> None:
    """A picture's value in a batch is its value alone."""
    outputs = outputs_for(subject, 3)
    together = component(outputs)
    for index in range(3):
        alone = component(sample(outputs, index, subject.layout()))
        require_close(together[index : index + 1], alone, f"picture {index} in a batch and alone")


def require_picture_gradient(subject: Subject, component: Any) -> None:
    """A finite gradient that is not zero reaches the stylised picture."""
    stylized = picture(2, SIZE, seed=3).requires_grad_()
    value = component(outputs_for(subject, stylized=stylized))
    require(value.requires_grad, "its value is cut off from the stylised picture")
    (value * torch.tensor([1.0, 2.0])).sum().backward()
    require_gradient(stylized.grad, "the stylised picture")
