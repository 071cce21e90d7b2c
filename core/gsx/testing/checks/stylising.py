"""Running a generator in a pipeline of toys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.context import PassContext, StepListener, ignore_step
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.kinds import GeneratorSpec
from gsx.testing.pictures import picture
from gsx.testing.placing import placed
from gsx.testing.subject import Subject
from gsx.testing.toy.reference import toy_extractor

Fuse = Callable[[FeatureMaps, FeatureMaps, str], Tensor]


def scaled_by_style(content: FeatureMaps, style: FeatureMaps, level: str) -> Tensor:
    """A fusion through which both pictures reach every generator, also one that normalises."""
    other = style[level]
    return content[level] * (0.5 + other.mean((2, 3), keepdim=True)) + 0.1 * other.std((2, 3), keepdim=True)


def fitting(subject: Subject, size: tuple[int, int]) -> tuple[int, int]:
    """The next larger size that the generator's ``multiple`` divides."""
    spec, layout = subject.spec, subject.layout()
    assert isinstance(spec, GeneratorSpec)
    step = spec.multiple(subject.options, layout)
    return -(-size[0] // step) * step, -(-size[1] // step) * step


def pipeline_of(subject: Subject, generator: Any, fuse: Fuse = scaled_by_style, device: str = "cpu") -> Pipeline:
    """The generator behind toys, its levels and multiple as its spec declares them."""
    spec, layout, options = subject.spec, subject.layout(), subject.options
    assert isinstance(spec, GeneratorSpec)
    extractor = placed(toy_extractor(layout), device)
    return Pipeline(
        # Functions, for modules would be moved there once more, which fake tensors do not bear.
        extractor if device == "cpu" else lambda image, layers: extractor(image, layers),
        fuse,
        generator if device == "cpu" else lambda fused, content, context: generator(fused, content, context),
        layout=layout,
        levels=spec.levels(options, layout),
        multiple=spec.multiple(options, layout),
        traits=spec.traits,
        device=device,
    )


def stylise(
    subject: Subject,
    generator: Any,
    *,
    content: Tensor | None = None,
    style: Tensor | None = None,
    fuse: Fuse = scaled_by_style,
    listener: StepListener = ignore_step,
    context_ready: Callable[[PassContext], None] | None = None,
    device: str = "cpu",
) -> PassOutputs:
    """One pass, on two small pictures where none are given."""
    size = fitting(subject, (48, 40))
    content = (picture(2, size, seed=1) if content is None else content).to(device)
    style = (picture(len(content), size, seed=2) if style is None else style).to(device)
    pipeline = pipeline_of(subject, generator, fuse, device)
    # Without its look at the pictures' values, which may have none.
    style_maps = pipeline.extract(style, pipeline.layers, "style")
    return pipeline.stylize(content, style, style_maps, listener=listener, context_ready=context_ready)
