"""Toy networks ready to use, and maps of toy pictures."""

from __future__ import annotations

import torch

from gsx.ops.feature_maps import FeatureMaps
from gsx.specs.layout import FeatureLayout
from gsx.testing.pictures import picture
from gsx.testing.toy.discriminator import ToyDiscriminator
from gsx.testing.toy.extractor import ToyExtractor


def toy_extractor(layout: FeatureLayout) -> ToyExtractor:
    """The toy extractor of a layout, always with the same weights; in evaluation mode and frozen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        extractor = ToyExtractor(None, {}, layout)
    return extractor.eval().requires_grad_(False)


def toy_discriminator() -> ToyDiscriminator:
    """The toy discriminator, always with the same weights; in evaluation mode and frozen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        discriminator = ToyDiscriminator(None)
    return discriminator.eval().requires_grad_(False)


def reference_maps(layout: FeatureLayout) -> list[FeatureMaps]:
    """Toy maps of four pictures: what a fusion that learns is fitted on."""
    extractor = toy_extractor(layout)
    with torch.no_grad():
        return [extractor(picture(1, (64, 64), seed=seed), tuple(layout)) for seed in range(4)]
