"""All gauges of a training, read on pictures that were held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.ops.distances import mean_std_distance
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import variance
from gsx.pipeline.fitting import fit_fusion
from gsx.recipe import Recipe
from gsx.recipe.validate import validate
from gsx.training.adversarial.gauges.discriminator import memory_gap, silent
from gsx.training.adversarial.gauges.diversity import diversity
from gsx.training.adversarial.gauges.gauge import Gauge, not_applicable
from gsx.training.adversarial.gauges.retrieval import describe, retrieval
from gsx.training.adversarial.gauges.strength import STRENGTHS, strength_order
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.pictures import Domain
from gsx.training.sampler import CropSampler

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
        self._contents = self._crops(content, CONTENTS, recipe.train.crop) if content.split.held_out else None
        self._styles = self._crops(style, STYLES, recipe.train.crop) if len(style.split.held_out) > 1 else None
        self._unseen = CropSampler(style.split.held_out, style.store, crop=recipe.train.crop, seed=recipe.run.seed)
        self._fusions = self._strengths(recipe)

    def read(self, lines: Sequence[Mapping[str, Any]], step: int, batch: int) -> list[Gauge]:
        """Every gauge; those that need pictures say so where too few were held out."""
        gauges = [silent(lines, self.undecided)] if self.undecided is not None else []
        if self._contents is None or self._styles is None:
            reason = "no pictures were held out"
            return [
                not_applicable(name, reason) for name in ("style retrieval", "diversity", "strength order")
            ] + gauges
        with torch.no_grad():
            networks, styles = self.networks, self._styles
            style_maps = networks.extract(styles)
            made = []
            for content in self._contents.unbind():
                maps = {
                    name: value.expand(len(styles), -1, -1, -1)
                    for name, value in networks.extract(content[None]).items()
                }
                both = (maps, style_maps)
                made.append(
                    networks.generate(networks.fuse(*both), content.expand_as(styles), styles, both, averaged=True)
                )
            results = torch.stack([describe(networks.extract(images)) for images in made])
            gauges = [
                retrieval(results, describe(style_maps)),
                diversity(torch.stack(made)),
                strength_order(self._distances(style_maps)),
                *gauges,
            ]
            if networks.discriminator is not None:
                networks.discriminator.eval()  # in training mode a spectral norm moves at every call
                # Beside another crop of the same painting, as in training.
                seen = [self._seen.sampler.batch(step * batch, JUDGED, view) for view in (1, 0)]
                unseen = [self._unseen.batch(step * batch, JUDGED, view) for view in (1, 0)]
                fake = [torch.cat(made), styles.repeat(len(made), 1, 1, 1)]
                gauges += memory_gap(
                    *(networks.judge(*(item.to(networks.device) for item in pair)) for pair in (seen, unseen, fake))
                )
                networks.discriminator.train()
        return gauges

    def _distances(self, style_maps: FeatureMaps) -> list[float]:
        """Distance to the style at each strength, relative to the variance of the style's maps."""
        networks = self.networks
        assert self._contents is not None
        assert self._styles is not None
        content = self._contents[:1].expand(min(PAIRS, len(next(iter(style_maps.values())))), -1, -1, -1)
        maps = networks.extract(content)
        styles = {name: value[: len(content)] for name, value in style_maps.items()}
        distances = []
        for fusion in self._fusions:
            fused = {level: fusion(maps, styles, level) for level in networks.levels}
            made = networks.generate(fused, content, self._styles[: len(content)], (maps, styles), averaged=True)
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
            fusion = chosen.spec.load()(validate(chosen.spec.options, given, where="fusion"))
            fit_fusion(fusion, chosen, networks.extractor, networks.levels, networks.layers, networks.device)
            fusions.append(fusion)
        return fusions

    def _crops(self, domain: Domain, count: int, side: int) -> Tensor:
        """Pictures brought to one size. Shape: ``(count, 3, side, side)``."""
        images = [
            interpolate(image, size=(side, side), mode="bilinear", antialias=True) for image in domain.shown(count)
        ]
        return torch.cat(images).clamp(0, 1).to(self.networks.device, memory_format=torch.channels_last)
