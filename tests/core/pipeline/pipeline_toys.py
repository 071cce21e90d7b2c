"""Networks small enough to know by heart."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gsx.api import FeatureLayout, Layer

LAYOUT = FeatureLayout([Layer("shallow", 4, 1), Layer("deep", 6, 2)])


class TwoLayers(nn.Module):
    """shallow = relu(conv(image)), deep = conv(pool(shallow)): an edit of shallow inside reaches deep."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
            self.second = nn.Conv2d(4, 6, 3, padding=1)
        self.layer_modules = {"shallow": "first.1", "deep": "second"}
        self.seen: list[tuple[int, ...]] = []

    def forward(self, image: Tensor, layers) -> dict[str, Tensor]:
        self.seen.append(tuple(image.shape))
        shallow = self.first(image)
        maps = {"shallow": shallow, "deep": self.second(nn.functional.avg_pool2d(shallow, 2))}
        return {name: maps[name] for name in maps if name in layers}


class Decoder(nn.Module):
    """One convolution of the deep map, enlarged; differentiable."""

    def __init__(self, level: str = "deep", channels: int = 6) -> None:
        super().__init__()
        self.level = level
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            self.out = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, fused, content, context) -> Tensor:
        return torch.sigmoid(interpolate(self.out(fused[self.level]), size=content.shape[-2:], mode="nearest"))


def mean_shift(content, style, level):
    """Moves the content's channel means to the style's."""
    own = content[level]
    return own - own.mean((2, 3), keepdim=True) + style[level].mean((2, 3), keepdim=True)


def picture(*size: int, seed: int = 0, count: int = 1) -> Tensor:
    """A random image."""
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(seed))
