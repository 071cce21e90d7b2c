"""A tiny extractor, layouts and a context, for testing generators without weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gsx.api import FeatureLayout, Layer

TINY = FeatureLayout([Layer("relu1", 8, 1), Layer("relu2", 8, 2), Layer("relu3", 8, 4)])
VGG = FeatureLayout(
    Layer(f"relu{depth + 1}_1", channels, 2**depth) for depth, channels in enumerate((64, 128, 256, 512, 512))
)
RESNET18 = FeatureLayout(Layer(f"layer{depth + 1}", 64 * 2**depth, 4 * 2**depth) for depth in range(4))
DOTTED = FeatureLayout([Layer("features.0", 6, 1), Layer("features.2", 6, 2), Layer("features.5", 6, 2)])
VIT = FeatureLayout([Layer("block3", 16, 14), Layer("block7", 16, 14)])


class TinyExtractor(nn.Module):
    """Three fixed random convolutions with pooling between them; ``plant`` is called on each set of maps."""

    def __init__(self, plant: Callable[[dict[str, Tensor]], dict[str, Tensor]] | None = None) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(7)
        self.weights = [torch.randn(8, incoming, 3, 3, generator=random) * 0.3 for incoming in (3, 8, 8)]
        self.plant = plant
        self.images: list[Tensor] = []

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        self.images.append(image.detach())
        maps, features = {}, image
        for depth, (name, weight) in enumerate(zip(TINY, self.weights, strict=True)):
            features = avg_pool2d(features, 2) if depth else features
            features = torch.conv2d(features, weight, padding=1).relu()
            maps[name] = features
        asked = {name: maps[name] for name in layers}
        return self.plant(asked) if self.plant else asked


@dataclass
class FakeContext:
    """Keeps what a generator reports, and calls ``on_step`` after each step."""

    content: Tensor
    style: Tensor
    extract: Callable[[Tensor, Sequence[str]], dict[str, Tensor]] = field(default_factory=TinyExtractor)
    strength: float = 1.0
    layout: FeatureLayout = field(default_factory=lambda: TINY)
    on_step: Callable[[int], None] = lambda index: None
    steps: list[tuple[int, int, dict[str, float]]] = field(default_factory=list)
    offers: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = torch.Generator().manual_seed(0)
        clean = TinyExtractor()
        with torch.no_grad():
            self.content_maps = clean(self.content, tuple(TINY))
            self.style_maps = clean(self.style, tuple(TINY))

    def step(self, index: int, total: int, values: Mapping[str, float]) -> None:
        self.steps.append((index, total, dict(values)))
        self.on_step(index)

    def offer(self, image: Tensor) -> None:
        self.offers.append(image.clone())


def pictures(count: int = 1, height: int = 24, width: int = 32, seed: int = 0) -> Tensor:
    """Smooth random pictures ``(count, 3, height, width)`` that reach 0 and 1."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, height // 8, width // 8, generator=random)
    grown = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic")
    return grown.mul(1.4).sub(0.2).clamp(0, 1)


def fused_maps(layout: FeatureLayout, height: int, width: int, count: int = 1, seed: int = 0) -> dict[str, Tensor]:
    """Random maps of the shapes that ``layout`` says a picture of this size has."""
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(count, layer.channels, height // layer.stride, width // layer.stride, generator=random)
        for name, layer in layout.items()
    }


def in_range(image: Tensor, slack: float = 0.0) -> bool:
    """Whether every value is finite and in [0, 1]."""
    return bool(image.isfinite().all() and image.min() >= -slack and image.max() <= 1 + slack)
