"""The networks of a training, built from a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from gsx.contracts.plan import Parts, Plan
from gsx.errors import ContractError
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.adapt import adapt_discriminator
from gsx.pipeline.blame import blamed, check_maps, create
from gsx.pipeline.checkpoint import load_checkpoint
from gsx.pipeline.context import PassContext
from gsx.pipeline.fitting import fit_fusion
from gsx.recipe import Recipe
from gsx.specs.layout import FeatureLayout
from gsx.weights.choose import check_fits, map_options
from gsx.weights.files import WeightsFile, load_into, open_weights
from gsx.weights.header import GeneratorHeader
from gsx.weights.source import extractor_weights

HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}
"""Precisions in which the networks compute on autocast."""


def moving_average(decay: float) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]:
    """Exponential average whose memory grows with the steps seen, up to ``decay``, so that the start is forgotten."""

    def update(averages: Sequence[Tensor], newest: Sequence[Tensor], seen: Tensor | int) -> None:
        count = int(seen)
        if averages[0].is_floating_point():  # tensors come in groups of one dtype
            torch._foreach_lerp_(list(averages), list(newest), 1 - min(decay, (1 + count) / (10 + count)))
        else:  # a counter, such as a batch norm's, has no average
            torch._foreach_copy_(list(averages), list(newest))

    return update


@dataclass
class Networks:
    """What a training runs: extractor and fusion stay as they are, generator and discriminator learn.

    What a component raises becomes a PluginError that names it.

    ``average`` holds the generator's averaged weights, which are what ships. ``begun_with``: the checkpoint that the
    generator began with; None for fresh weights. ``half``: what networks compute in under autocast; None for float32.
    ``conditional``: the discriminator judges a picture beside a style.
    """

    parts: Parts
    extractor: nn.Module
    fusion: Any
    generator: nn.Module
    average: AveragedModel
    discriminator: nn.Module | None
    layout: FeatureLayout
    levels: tuple[str, ...]
    layers: tuple[str, ...]
    device: torch.device
    half: torch.dtype | None
    extractor_file: WeightsFile | None
    seed: int = 0
    begun_with: WeightsFile | None = None
    conditional: bool = False

    def extract(self, image: Tensor, layers: Sequence[str] | None = None) -> FeatureMaps:
        """Maps in float32, whatever the networks compute in. Shape: ``(N, 3, H, W)`` -> ``(N, C, H/s, W/s)``."""
        wanted = self.layers if layers is None else layers
        with blamed(self.parts.extractor), self._precision():
            maps = self.extractor(image, wanted)
        check_maps(maps, wanted, self.layout, self.parts.extractor)
        return {name: value.float() for name, value in maps.items()}

    def fuse(self, content: FeatureMaps, style: FeatureMaps) -> FeatureMaps:
        """The fused map of each level that the generator takes."""
        with blamed(self.parts.fusion):
            fused = {level: self.fusion(content, style, level) for level in self.levels}
        check_maps(fused, self.levels, self.layout, self.parts.fusion)
        return fused

    def generate(
        self,
        fused: FeatureMaps,
        content: Tensor,
        style: Tensor,
        maps: tuple[FeatureMaps, FeatureMaps],
        *,
        averaged: bool = False,
        origin: Tensor | None = None,
    ) -> Tensor:
        """The picture in float32, by the generator or by its averaged weights.

        Args:
            maps: content's and style's, which the generator may ask its context for.
            origin: ``(N, 2)``, which part of the noise each sample gets that a generator asks for.

        Shape:
            content ``(N, 3, H, W)`` -> the same, in [0, 1].
        """
        network = self.average if averaged else self.generator
        context = PassContext(
            content=content,
            style=style,
            layout=self.layout,
            content_maps=maps[0],
            style_maps=maps[1],
            extract=self.extract,
            seed=self.seed,
            origin=origin,
        )
        with blamed(self.parts.generator), self._precision():
            return network(fused, content, context).float()  # type: ignore[no-any-return]

    def judge(self, image: Tensor, style: Tensor) -> list[Tensor]:
        """Raw logits in float32, one map per scale; the style is looked at by a conditional discriminator alone."""
        with self._precision():
            return [scale.float() for scale in self.critic(style)(image)]

    def critic(self, style: Tensor) -> Callable[[Tensor], list[Tensor]]:
        """The discriminator beside these styles, without autocast: what a gradient penalty looks into."""
        assert self.discriminator is not None
        assert self.parts.discriminator is not None
        judge, chosen = adapt_discriminator(self.discriminator), self.parts.discriminator

        def critic(image: Tensor) -> list[Tensor]:
            with blamed(chosen):
                return judge(image, style)

        return critic

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.half, enabled=self.half is not None)


def build_networks(
    recipe: Recipe, plan: Plan, device: torch.device, checkpoint: GeneratorHeader | None = None
) -> Networks:
    """Create the components with fresh weights for what is trained, seeded by ``run.seed``.

    Args:
        checkpoint: what the generator begins with instead; its discriminator is not taken over.

    Raises:
        ContractError: a generator that is not trained, an adversarial loss without a discriminator, or a crop that
            generator or discriminator cannot take.
        WeightsError, PluginError: as building a pipeline.
    """
    parts, run = recipe.parts, recipe.run
    if not parts.generator.spec.trained:
        raise ContractError(
            f"generator {parts.generator.name!r} learns nothing, so it cannot be trained.",
            hint="Try --generator resnet, or --generator unet.",
        )
    if parts.adversarial is not None and parts.discriminator is None:
        raise ContractError(
            f"loss {parts.adversarial.name!r} needs a discriminator, and the recipe has none.",
            hint="Try --discriminator multiscale-patchgan.",
        )
    crop = recipe.train.crop
    if crop % plan.multiple:
        raise ContractError(
            f"train.crop is {crop} px, and generator {parts.generator.name!r} needs a multiple of {plan.multiple}.",
            hint=f"Try --set train.crop={-(-crop // plan.multiple) * plan.multiple}.",
        )
    if parts.adversarial is not None and parts.discriminator is not None:
        try:
            parts.discriminator.spec.logit_grids(parts.discriminator.options, (crop, crop))
        except ContractError as error:
            raise ContractError(
                error.message, hint="Try a larger train.crop, or a discriminator of fewer layers."
            ) from error
    file = extractor_weights(parts.extractor)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        extractor = create(parts.extractor, dict(file.metadata) if file else {})
        generator = create(parts.generator, plan.layout.select(plan.levels))
        judge = parts.discriminator if parts.adversarial is not None else None
        discriminator = create(judge) if judge is not None else None
    if file is not None:
        load_into(extractor, file, who=f"extractor {parts.extractor.name!r}")
    begun_with = None
    if checkpoint is not None:
        check_fits(checkpoint, plan.levels, file.sha256 if file else None, map_options(parts.extractor))
        begun_with = open_weights(checkpoint.path)
        load_checkpoint(checkpoint, begun_with, generator, parts.generator.name)
    fusion = create(parts.fusion)
    for module in (extractor, generator, discriminator):
        if module is not None:
            # channels_last: the faster order of memory for convolutions, on CPU with bf16 many times so.
            module.to(device, memory_format=torch.channels_last)
    extractor.eval().requires_grad_(False)
    fit_fusion(fusion, parts.fusion, extractor, plan.levels, plan.layers, device, map_options(parts.extractor))
    average = AveragedModel(generator, multi_avg_fn=moving_average(recipe.train.ema), use_buffers=True)
    average.eval().requires_grad_(False)
    return Networks(
        parts=parts,
        extractor=extractor,
        fusion=fusion,
        generator=generator,
        average=average,
        discriminator=discriminator,
        layout=plan.layout,
        levels=plan.levels,
        layers=plan.layers,
        device=device,
        half=HALF.get(recipe.train.precision),
        extractor_file=file,
        seed=run.seed,
        begun_with=begun_with,
        conditional=judge is not None and "conditional" in judge.spec.traits(judge.options),
    )
