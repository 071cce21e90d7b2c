"""What each term of the generator moved, on the pass that is explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gsx.errors import ContractError, PluginError
from gsx.images.resize import crop_back, pad_to_multiple
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.interfaces import Displacements

TOLERANCE = 1e-4
"""How far the displacements may miss the picture."""


def displaced(pipeline: Pipeline, outputs: PassOutputs, progress: Callable[[int, int], None]) -> Displacements | None:
    """Ask the generator again, for the same fused maps; None where it has no ``displacements``.

    Raises:
        ContractError: they add up to another picture than the one explained.
        PluginError: they are no tensors of the picture's shape.
    """
    ask = getattr(pipeline.modules["generator"], "displacements", None)
    if ask is None:
        return None
    content, padding = pad_to_multiple(outputs.content, pipeline.multiple)
    maps = outputs.content_maps
    if content.shape != outputs.content.shape:
        maps = pipeline.extract(content, pipeline.layers)

    def listen(index: int, total: int, values: Mapping[str, float]) -> None:
        progress(index, total)

    context = pipeline.context(content, outputs.style, maps, outputs.style_maps, listen)
    found = ask(outputs.fused, content, context)
    for name, moved in found.items():
        if not isinstance(moved, Tensor) or moved.shape != content.shape or not torch.isfinite(moved).all():
            raise PluginError(
                f"the generator's displacement {name!r} is no finite tensor of shape {tuple(content.shape)}."
            )
    terms = {name: crop_back(moved.detach(), padding) for name, moved in found.items()}
    whole = outputs.stylized.detach() - outputs.content.detach()
    off = (whole - sum(terms.values())).abs().max().item()
    if off > TOLERANCE:
        raise ContractError(
            f"what the generator's terms moved adds up to another picture than the one explained: up to {off:.2g} "
            f"apart, {TOLERANCE:g} allowed.",
            hint="The picture has to come whole from this pipeline's own generator: not by tiles, and on the same "
            "device. On an accelerator, whose sums vary from run to run, try --device cpu.",
        )
    return Displacements(whole, terms)
