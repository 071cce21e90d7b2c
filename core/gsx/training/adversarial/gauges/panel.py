"""All gauges of a training, read on pictures that were held out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.ops.distances import mean_std_distance
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import variance
from gsx.pipeline.blame import create
from gsx.pipeline.fitting import fit_fusion
from gsx.recipe import Recipe
from gsx.recipe.validate import validate
from gsx.training.adversarial.gauges.discriminator import FEWEST_PAINTINGS, memory_gap, silent
from gsx.training.adversarial.gauges.diversity import diversity
from gsx.training.adversarial.gauges.gauge import Gauge, broken, not_applicable
from gsx.training.adversarial.gauges.retrieval import FEWEST_STYLES, describe, retrieval
from gsx.training.adversarial.gauges.strength import STRENGTHS, strength_order
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.pictures import Domain
from gsx.training.sampler import CropSampler
from gsx.weights.choose import map_options

CONTENTS, STYLES, PAIRS, JUDGED = 2, 24, 4, 16
"""Pictures that are read: every content in every style; styles that the strengths are tried with; and crops of
paintings that the discriminator saw, and as many that it did not, cut alike."""


class Panel:
    """Reads the gauges with the averaged weights; it draws no random numbers and changes nothing.

    Args:
        undecided: the discriminator's loss where every logit is 0, or None without one.
    """

    def __init__(self, recipe: Recipe, networks: Networks, content: Domain, style: Domain, undecided: float | None):
        self.networks, self.undecided, self._seen = networks, undecided, style
        # As many at a time as a step of the training bears with gradients.
        self._share = recipe.train.batch
        self._held_out = {"content": len(content.split.held_out), "style": len(style.split.held_out)}
        enough = self._held_out["content"] > 0 and self._held_out["style"] > 1
        self._contents = self._crops(content, CONTENTS, recipe.train.crop) if enough else None
        self._styles = self._crops(style, STYLES, recipe.train.crop) if enough else None
        self._unseen = CropSampler(style.split.held_out, style.store, crop=recipe.train.crop, seed=recipe.run.seed)
        self._fusions = self._strengths(recipe)

    def read(self, lines: Sequence[Mapping[str, Any]], step: int, batch: int) -> list[Gauge]:
        """Every gauge; those that need pictures say so where too few were held out."""
        gauges = [silent(lines, self.undecided)] if self.undecided is not None else []
        if self._contents is None or self._styles is None:
            found = f"{self._held_out['content']} content and {self._held_out['style']} style pictures were held out"
            return [
                not_applicable(name, f"{found}, and it needs 1 and {needed}")
                for name, needed in (("style retrieval", FEWEST_STYLES), ("diversity", 2), ("strength order", 2))
            ] + gauges
        with torch.no_grad():
            made, results, styles = self._stylise(self._contents, self._styles)
            gauges = [retrieval(results, styles), diversity(made), strength_order(self._distances()), *gauges]
            begun = any("discriminator" in line.get("terms", {}) for line in lines)
            if self.networks.discriminator is not None and not begun:
                reason = "the discriminator has not begun"
                gauges += [not_applicable(name, reason) for name in ("discriminator accuracy", "discriminator gap")]
            elif self.networks.discriminator is not None:
                self.networks.discriminator.eval()  # in training mode a spectral norm moves at every call
                # Beside another crop of the same painting, as in training.
                seen = [self._seen.sampler.batch(step * batch, JUDGED, view) for view in (1, 0)]
                unseen = [self._unseen.batch(step * batch, JUDGED, view) for view in (1, 0)]
                fake = [made.flatten(0, 1), self._styles.repeat(len(made), 1, 1, 1)]
                accuracy, gap = memory_gap(*(self._judge(*pair) for pair in (seen, unseen, fake)))
                if self._held_out["style"] < FEWEST_PAINTINGS:
                    few = f"{self._held_out['style']} style pictures were held out, and it needs {FEWEST_PAINTINGS}"
                    gap = not_applicable(gap.name, few)
                gauges += [accuracy, gap]
                self.networks.discriminator.train()
        return [_read(gauge) for gauge in gauges]

    def _stylise(self, contents: Tensor, styles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Every content in every style.

        Shape:
            contents ``(M, 3, s, s)``, styles ``(S, 3, s, s)`` -> pictures ``(M, S, 3, s, s)``, and what is said of
            them ``(M, S, D)`` and of the styles ``(S, D)``.
        """
        networks, described = self.networks, []
        made: list[list[Tensor]] = [[] for _ in contents]
        results: list[list[Tensor]] = [[] for _ in contents]
        for some in torch.split(styles, self._share):
            style_maps = networks.extract(some)
            described.append(describe(style_maps))
            for index, content in enumerate(torch.split(contents, 1)):
                maps = {name: value.expand(len(some), -1, -1, -1) for name, value in networks.extract(content).items()}
                both = (maps, style_maps)
                images = networks.generate(self._fuse(*both), content.expand_as(some), some, both, averaged=True)
                made[index].append(images)
                results[index].append(describe(networks.extract(images)))
        return (
            torch.stack([torch.cat(row) for row in made]),
            torch.stack([torch.cat(row) for row in results]),
            torch.cat(described),
        )

    def _fuse(self, content: FeatureMaps, style: FeatureMaps) -> FeatureMaps:
        """At strength 1, whatever the recipe's; by the recipe's own fusion where no strength changes it."""
        if not self._fusions:
            return self.networks.fuse(content, style)
        return {level: self._fusions[-1](content, style, level) for level in self.networks.levels}

    def _judge(self, images: Tensor, styles: Tensor) -> list[Tensor]:
        """Logits, one map per scale, over all the pictures."""
        device = self.networks.device
        parts = [
            self.networks.judge(some.to(device), beside.to(device))
            for some, beside in zip(torch.split(images, self._share), torch.split(styles, self._share), strict=True)
        ]
        return [torch.cat(scale) for scale in zip(*parts, strict=True)]

    def _distances(self) -> list[float]:
        """Distance to the style at each strength, relative to the variance of the style's maps."""
        networks = self.networks
        assert self._contents is not None
        assert self._styles is not None
        beside = self._styles[:PAIRS]
        content = self._contents[:1].expand_as(beside)
        maps, styles = networks.extract(content), networks.extract(beside)
        distances = []
        for fusion in self._fusions:
            fused = {level: fusion(maps, styles, level) for level in networks.levels}
            made = networks.generate(fused, content, beside, (maps, styles), averaged=True)
            again = networks.extract(made)
            errors = [(mean_std_distance(again[name], styles[name]) / variance(styles[name])).mean() for name in again]
            distances.append(torch.stack(errors).mean().item())
        return distances

    def _strengths(self, recipe: Recipe) -> list[Any]:
        """The recipe's fusion at each strength; none where no strength changes it."""
        chosen, networks = recipe.parts.fusion, self.networks
        if not chosen.spec.strength(1.0):
            return []
        fusions = []
        for strength in STRENGTHS:
            given = {**chosen.options.model_dump(), **chosen.spec.strength(strength)}
            fusion = create(replace(chosen, options=validate(chosen.spec.options, given, where="fusion")))
            options = map_options(recipe.parts.extractor)
            fit_fusion(fusion, chosen, networks.extractor, networks.levels, networks.layers, networks.device, options)
            fusions.append(fusion)
        return fusions

    def _crops(self, domain: Domain, count: int, side: int) -> Tensor:
        """Pictures brought to one size. Shape: ``(count, 3, side, side)``."""
        images = [
            interpolate(image, size=(side, side), mode="bilinear", antialias=True) for image in domain.shown(count)
        ]
        return torch.cat(images).clamp(0, 1).to(self.networks.device, memory_format=torch.channels_last)


def _read(gauge: Gauge) -> Gauge:
    """The gauge, or that it is broken, where the results are no numbers."""
    return gauge if gauge.value is None or math.isfinite(gauge.value) else broken(gauge.name)
