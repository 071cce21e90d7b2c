"""Records of passes whose picture exists already: nothing is stylised."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.explaining.other_style import OtherStyle
from gsx.images.resize import pad_to_multiple
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline


def given_pass(
    pipeline: Pipeline, content: Tensor, style: Tensor, stylized: Tensor, mask: Tensor | None = None
) -> PassOutputs:
    """What ``pipeline(content, style)`` would return, had it made ``stylized``: all but the generator runs.

    Shape:
        content, stylized ``(N, 3, H, W)``, style ``(N or 1, 3, H', W')``, in [0, 1].
    """
    content, style, stylized = (image.to(pipeline.device) for image in (content, style, stylized))
    with torch.no_grad():
        padded, _ = pad_to_multiple(content, pipeline.multiple)
        style_maps = pipeline.extract(style, pipeline.layers, "style")
        content_maps = pipeline.extract(padded, pipeline.layers, "content")
        fused = pipeline.fuse(content_maps, style_maps)
        if padded.shape != content.shape:
            content_maps = pipeline.extract(content, pipeline.layers)
    outputs = pipeline.outputs(content, style, stylized, content_maps, style_maps, fused)
    outputs.mask = mask
    return outputs


def asked_about(
    pipeline: Pipeline, outputs: PassOutputs, other_style: Tensor, kept: OtherStyle | None = None
) -> PassOutputs:
    """The same picture, for scores that are asked about a style that it was not made with.

    Args:
        kept: the other style's maps, where somebody keeps them.

    Shape:
        other_style ``(N or 1, 3, H, W)`` in [0, 1].
    """
    other_style = other_style.to(pipeline.device)
    other = pipeline.outputs(
        outputs.content,
        other_style,
        outputs.stylized,
        outputs.content_maps,
        (kept or OtherStyle(0)).maps(pipeline, other_style),
        outputs.fused,
    )
    other.mask = outputs.mask
    other._stylized_maps = outputs._stylized_maps  # of the same picture
    return other
