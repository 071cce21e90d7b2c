"""stylize: one call for notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from gsx.errors import ContractError, RecipeError
from gsx.images import decode, resize_longer
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.recipe.sections import RunSection
from gsx.recipe.validate import validate
from gsx.run.inputs import find_picture


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
        content, style: a file, the name of a sample (``"astronaut"``, ``"swirling_oils"``), or an image
            ``(N, 3, H, W)`` in [0, 1], taken as it is.
        recipe: a TOML path or a dict of tables; ``flags`` are as on the command line (``fusion="adain"``,
            ``strength=0.8``, ``device="cpu"``).
        pipeline: one that exists already, instead of a recipe.
        size: longer side in pixels of pictures that are read from files.

    Raises:
        RecipeError: a size out of range, or a pipeline together with a recipe or flags, which it could not heed.
        GsxError: as ``gsx run``.

    Example:
        >>> picture = gsx.stylize("cat.jpg", "waves.jpg", strength=0.8).stylized  # doctest: +SKIP
    """
    if pipeline is not None and (recipe is not None or flags):
        given = ", ".join((["recipe"] if recipe is not None else []) + list(flags))
        raise RecipeError(
            f"stylize got a pipeline and also {given}, which a finished pipeline cannot heed.",
            hint="Give one or the other; Pipeline.from_recipe(...) takes them.",
        )
    size = validate(RunSection, {"size": size}, where="stylize").size
    images = [_image(content, "content", size), _image(style, "style", size)]
    pipeline = pipeline or Pipeline.from_recipe(recipe, size=size, **flags)
    with torch.no_grad():
        return pipeline(*images)


def _image(item: Tensor | str | Path, role: Literal["content", "style"], size: int) -> Tensor:
    if isinstance(item, Tensor):
        return item
    if not isinstance(item, (str, Path)):
        raise ContractError(
            f"the {role} has to be a file, a sample's name or an image tensor; given: {type(item).__name__}.",
            hint="torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255 makes an image of an array of pixels.",
        )
    return resize_longer(decode(find_picture(item, role)).image, size)
