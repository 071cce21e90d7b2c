"""Records of passes whose picture exists already: nothing is stylised."""

from __future__ import annotations

from torch import Tensor

from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline


def given_pass(
    pipeline: Pipeline, content: Tensor, style: Tensor, stylized: Tensor, mask: Tensor | None = None
) -> PassOutputs:
    """The record of a picture that was made of ``content`` and ``style``.

    Shape:
        images ``(N, 3, H, W)`` in [0, 1] on the pipeline's device; the style's may be ``(1, 3, H', W')``.
    """
    content_maps = pipeline.extract(content, pipeline.layers, "content")
    style_maps = pipeline.extract(style, pipeline.layers, "style")
    fused = pipeline.fuse(content_maps, style_maps)
    outputs = pipeline.outputs(content, style, stylized, content_maps, style_maps, fused)
    outputs.mask = mask
    return outputs


def asked_about(pipeline: Pipeline, outputs: PassOutputs, other_style: Tensor) -> PassOutputs:
    """The same picture, for scores that are asked about a style that it was not made with.

    Shape:
        other_style ``(N or 1, 3, H, W)`` in [0, 1].
    """
    other_style = other_style.to(pipeline.device)
    other = pipeline.outputs(
        outputs.content,
        other_style,
        outputs.stylized,
        outputs.content_maps,
        pipeline.extract(other_style, pipeline.layers, "style"),
        outputs.fused,
    )
    other.mask = outputs.mask
    return other
