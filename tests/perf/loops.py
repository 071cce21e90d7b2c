"""Training steps by hand, beside those of GSX: over the same networks, and plain AdaIN with VGG-19."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from gsx.ops.distances import mean_std_distance, squared_error
from gsx.ops.statistics import variance
from gsx.pipeline.load import load
from gsx.training.adversarial.networks import Networks, build_networks
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.step import Batch, Step, frozen

from .full_width import FullWidth

JUDGED, ALONE = Phase("C", "stylise", "content", 1.0), Phase("B", "stylise", "content", 0.0)
LOSSES = [
    {"name": "content", "target": "fused", "relative": True},
    {"name": "mean-std", "relative": True, "weight": 20.0},
]
"""AdaIN's own, so that the loops by hand stay short."""

WEIGHT = 10.0
"""Of the adversarial loss: enough that the check of equal work would see another one."""


def drawn(device: str = "cpu", count: int = 4, side: int = 128) -> Batch:
    """The same batch each time; its mixing numbers are for penalties, and none is taken."""
    content, style = (
        torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)).to(
            device, memory_format=torch.channels_last
        )
        for seed in range(2)
    )
    return Batch(content, style, torch.full((count, 1, 1, 1), 0.5, device=device))


def tables(precision: str, weight: float | str = WEIGHT) -> dict[str, Any]:
    """What the loops by hand do, as a recipe."""
    return {
        "train": {"precision": precision},
        "adversarial": {"name": "hinge", "weight": weight},
        "loss": LOSSES,
    }


def setup(precision: str, weight: float | str = WEIGHT, device: str = "cpu") -> tuple[Step, Networks]:
    """A step and its networks, whose weights are the same each time."""
    loaded = load(tables=tables(precision, weight), training=True)
    networks = build_networks(loaded.recipe, loaded.plan, torch.device(device))
    optimizers = {
        name: torch.optim.Adam(getattr(networks, name).parameters(), lr=1e-6) for name in ("generator", "discriminator")
    }
    return Step(loaded.recipe, networks, optimizers), networks


class ByHand:
    """What a researcher would write over the same modules, which are called as they are: one graph for each network."""

    def __init__(self, step: Step, networks: Networks, judged: bool) -> None:
        self.networks, self.judged = networks, judged
        self.augment, self.optimizers = step.augment, step.optimizers

    def __call__(self, batch: Batch) -> None:
        networks, content, style = self.networks, batch.content, batch.style
        with torch.no_grad():
            content_maps, style_maps = self.extract(content), self.extract(style)
            fused = {level: networks.fusion(content_maps, style_maps, level) for level in networks.levels}
        made = self.compute(networks.generator, fused, content, None).float()
        if self.judged:
            self.discriminate(style, made.detach())
        loss = self.perceptual(self.extract(made), fused["relu4_1"], style_maps)
        if not self.judged:
            self.update("generator", loss)
        else:
            with frozen(networks.discriminator):
                self.update("generator", loss - WEIGHT * mean(self.judge(self.augment(made))))
        networks.average.update_parameters(networks.generator)

    def discriminate(self, real: Tensor, fake: Tensor) -> None:
        real, fake = self.augment(real), self.augment(fake)
        on_real, on_fake = self.judge(real), self.judge(fake)
        loss = mean([relu(1 - scale) for scale in on_real]) + mean([relu(1 + scale) for scale in on_fake])
        self.update("discriminator", loss)

    def perceptual(self, maps: dict[str, Tensor], target: Tensor, style_maps: dict[str, Tensor]) -> Tensor:
        total = (squared_error(maps["relu4_1"], target) / variance(target)).mean()
        for layer, features in style_maps.items():
            distance = mean_std_distance(maps[layer], features) / variance(features)
            total = total + 20 / len(style_maps) * distance.mean()
        return total

    def update(self, name: str, loss: Tensor) -> None:
        network, optimizer = getattr(self.networks, name), self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    def extract(self, image: Tensor) -> dict[str, Tensor]:
        maps = self.compute(self.networks.extractor, image, self.networks.layers)
        return {name: value.float() for name, value in maps.items()}

    def judge(self, image: Tensor) -> list[Tensor]:
        return [scale.float() for scale in self.compute(self.networks.discriminator, image)]

    def compute(self, network: Callable[..., Any], *arguments: Any) -> Any:
        with torch.autocast(self.networks.device.type, self.networks.half, enabled=self.networks.half is not None):
            return network(*arguments)


def mean(scales: list[Tensor]) -> Tensor:
    """Over positions, then over the discriminator's scales."""
    return torch.stack([scale.mean() for scale in scales]).mean()


def gradients(networks: Networks, judged: bool) -> list[Tensor]:
    """What a step has left behind at each network that it trained."""
    trained = (networks.generator, networks.discriminator) if judged else (networks.generator,)
    return [torch.cat([parameter.grad.flatten() for parameter in network.parameters()]) for network in trained]


def check_same_work(precision: str, judged: bool) -> None:
    """From the same weights and random numbers both loops come to the same gradients."""
    batch, found = drawn(), []
    for by_hand in (True, False):
        step, networks = setup(precision)
        torch.manual_seed(0)
        if by_hand:
            ByHand(step, networks, judged)(batch)
        else:
            step(JUDGED if judged else ALONE, batch)
        found.append(gradients(networks, judged))
    apart = [float((one - other).norm() / one.norm()) for one, other in zip(*found, strict=True)]
    assert max(apart) < (1e-4 if precision == "float32" else 0.03), f"the loops do different work: {apart}"


def plain_adain(batch: Batch, half: torch.dtype | None) -> Callable[[], None]:
    """One step of AdaIN as its authors train it."""
    device = batch.content.device
    network = FullWidth().to(device)
    optimizer = torch.optim.Adam(network.decoder.parameters(), lr=1e-6)

    def loop() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, half, enabled=half is not None):
            loss = network.loss(batch.content, batch.style)
        loss.backward()
        optimizer.step()

    return loop
