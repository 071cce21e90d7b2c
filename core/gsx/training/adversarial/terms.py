"""The terms of the total: what the recipe's losses say of one batch, each with its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gsx.errors import PluginError
from gsx.ops.distances import squared_error
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import variance
from gsx.pipeline.blame import blamed, create, named
from gsx.pipeline.outputs import PassOutputs
from gsx.recipe import Recipe
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import LossSpec
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.schedules import factor

PIXELS = 10.0
"""Weight of the pixels in a reconstruction, whose feature errors are relative to the maps' variance."""


class Terms:
    """The content and style terms of a recipe, as one batch's weighted values."""

    def __init__(self, recipe: Recipe) -> None:
        self._losses: list[tuple[Chosen[LossSpec], float, Any]] = []
        self._schedules = {chosen.id: recipe.loss_weights[chosen.id].schedule for chosen in recipe.parts.losses}
        for chosen in recipe.parts.losses:
            weight = recipe.loss_weights[chosen.id].weight
            assert not isinstance(weight, str)  # only the adversarial loss weighs itself
            self._losses.append((chosen, weight, create(chosen)))

    def __call__(self, outputs: PassOutputs, progress: float = 1.0) -> dict[str, Tensor]:
        """Id -> weight · mean over the batch, a scalar each.

        Args:
            progress: share of the steps that are done, for weights with a schedule.

        Raises:
            PluginError: a loss that fails, gives no number per sample, or does not depend on the stylised picture.
        """
        values = {}
        for chosen, weight, loss in self._losses:
            with blamed(chosen):
                value = _checked(loss(outputs), outputs, chosen).mean()
            values[chosen.id] = weight * factor(self._schedules.get(chosen.id), progress) * value
        return values


def _checked(value: object, outputs: PassOutputs, chosen: Chosen[LossSpec]) -> Tensor:
    count = len(outputs.stylized)
    if not isinstance(value, Tensor) or value.shape != (count,):
        given = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise PluginError(f"{named(chosen)} has to give one number per picture, shape ({count},); it gave {given}.")
    if torch.is_grad_enabled() and outputs.stylized.requires_grad and not value.requires_grad:
        raise PluginError(
            f"{named(chosen)} gives no gradient at the stylised picture, so nothing can be learned from it.",
            hint="It may not detach what it computes from, nor leave torch.",
        )
    return value


def reconstruction(image: Tensor, made: Tensor, maps: FeatureMaps, networks: Networks) -> dict[str, Tensor]:
    """What a generator is worth that only has to give a picture back: pixels, and the levels that it reads.

    Args:
        maps: of ``image``, which are also what the generator got.
    """
    again = networks.extract(made, networks.levels)
    errors = [(squared_error(again[name], maps[name]) / variance(maps[name])).mean() for name in networks.levels]
    return {"pixels": PIXELS * (made - image).abs().mean(), "features": torch.stack(errors).mean()}


def record(
    networks: Networks,
    content: Tensor,
    style: Tensor,
    stylized: Tensor,
    maps: tuple[FeatureMaps, FeatureMaps, FeatureMaps],
) -> PassOutputs:
    """One batch's Outputs, which every loss reads. ``maps``: content's, style's, fused."""

    def judge(image: Tensor) -> Sequence[Tensor]:
        return networks.judge(image, style)

    return PassOutputs(
        content=content,
        style=style,
        stylized=stylized,
        content_maps=maps[0],
        style_maps=maps[1],
        fused=maps[2],
        layout=networks.layout.select(networks.layers),
        extract_stylized=networks.extract,
        discriminate=judge,
    )


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """The sum, a scalar."""
    return torch.stack(list(terms.values())).sum()
