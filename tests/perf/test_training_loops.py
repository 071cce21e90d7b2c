"""A training step of GSX against loops written by hand: over the same networks, and plain AdaIN with VGG-19."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn
from torch.nn.functional import relu

from gsx.ops.distances import mean_std_distance, squared_error
from gsx.ops.statistics import variance
from gsx.pipeline.load import load
from gsx.training.adversarial.networks import Networks, build_networks
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.step import Batch, Step

from .full_width import FullWidth

pytestmark = pytest.mark.perf

JUDGED, ALONE = Phase("C", "stylise", "content", 1.0), Phase("B", "stylise", "content", 0.0)


def setup(precision: str) -> tuple[Step, Networks, Batch]:
    losses = [
        {"name": "content", "target": "fused", "relative": True},
        {"name": "mean-std", "relative": True, "weight": 20.0},
    ]
    tables = {"train": {"precision": precision}, "loss": losses}
    loaded = load(tables=tables, training=True)
    networks = build_networks(loaded.recipe, loaded.plan, torch.device("cpu"))
    optimizers = {
        name: torch.optim.Adam(getattr(networks, name).parameters(), lr=1e-6) for name in ("generator", "discriminator")
    }
    content, style = (
        torch.rand(4, 3, 128, 128, generator=torch.Generator().manual_seed(seed)).contiguous(
            memory_format=torch.channels_last
        )
        for seed in range(2)
    )
    return Step(loaded.recipe, networks, optimizers), networks, Batch(content, style, torch.rand(4, 1, 1, 1))


def by_hand(step: Step, networks: Networks, batch: Batch, judged: bool):
    """What a researcher would write: the same losses, one graph, two backward passes."""
    content, style = batch.content, batch.style

    def loop() -> None:
        with torch.no_grad():
            content_maps, style_maps = networks.extract(content), networks.extract(style)
            fused = networks.fuse(content_maps, style_maps)
        made = networks.generate(fused, content, style, (content_maps, style_maps))
        if judged:
            real, fake = step.augment(style), step.augment(made.detach())
            on_real, on_fake = networks.judge(real, style), networks.judge(fake, style)
            loss = sum(relu(1 - scale).mean() for scale in on_real) + sum(relu(1 + scale).mean() for scale in on_fake)
            step.optimizers["discriminator"].zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(networks.discriminator.parameters(), 1.0)
            step.optimizers["discriminator"].step()
        maps = networks.extract(made)
        target = fused["relu4_1"]
        total = (squared_error(maps["relu4_1"], target) / variance(target)).mean()
        for layer, features in style_maps.items():
            total = total + 20 / 5 * (mean_std_distance(maps[layer], features) / variance(features)).mean()
        if judged:
            total = total - 0.1 * sum(scale.mean() for scale in networks.judge(step.augment(made), style))
        step.optimizers["generator"].zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(networks.generator.parameters(), 1.0)
        step.optimizers["generator"].step()
        networks.average.update_parameters(networks.generator)

    return loop


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("judged", [True, False], ids=["with GAN", "without GAN"])
def test_against_a_loop_over_the_same_networks(measure, precision: str, judged: bool) -> None:
    step, networks, batch = setup(precision)
    phase = JUDGED if judged else ALONE
    sides = {"by hand": by_hand(step, networks, batch, judged), "gsx": lambda: step(phase, batch)}
    what = f"a training step {'with' if judged else 'without'} GAN, {precision}, batch 4, 128 px"
    measure(what, sides, 8, time.process_time)


def test_against_plain_adain_at_full_width(measure) -> None:
    """No GAN on either side: theirs has none."""
    step, _, batch = setup("float32")
    half, _, _ = setup("bf16")
    theirs = FullWidth()
    optimizer = torch.optim.Adam(theirs.decoder.parameters(), lr=1e-6)

    def loop() -> None:
        optimizer.zero_grad(set_to_none=True)
        theirs.loss(batch.content, batch.style).backward()
        optimizer.step()

    sides = {"AdaIN, VGG-19": loop, "gsx": lambda: step(ALONE, batch), "gsx, bf16": lambda: half(ALONE, batch)}
    measure("a training step, batch 4, 128 px", sides, 3, time.process_time)
