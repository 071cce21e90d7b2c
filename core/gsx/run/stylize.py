"""stylize: one call for notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gsx.images import decode, resize_longer
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline


def stylize(
    content: Tensor | str | Path,
    style: Tensor | str | Path,
    *,
    recipe: Any = None,
    pipeline: Pipeline | None = None,
    size: int = 256,
    **flags: Any,
) -> PassOutputs:
    """Stylise one picture and return everything of the pass; ``.stylized`` is the picture.

    Args:
        content, style: a file, or an image ``(N, 3, H, W)`` in [0, 1], taken as it is.
        recipe: a TOML path or a dict of tables; ``flags`` are as on the command line (``fusion="adain"``,
            ``strength=0.8``, ``device="cpu"``).
        pipeline: one that exists already, instead of a recipe.
        size: longer side in pixels of pictures that are read from files.

    Raises:
        GsxError: as ``gsx run``.

    Example:
        >>> picture = gsx.stylize("cat.jpg", "waves.jpg", strength=0.8).stylized  # doctest: +SKIP
    """
    pipeline = pipeline or Pipeline.from_recipe(recipe, size=size, **flags)
    images = [
        item if isinstance(item, Tensor) else resize_longer(decode(item).image, size) for item in (content, style)
    ]
    with torch.no_grad():
        return pipeline(*images)
