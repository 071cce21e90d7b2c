"""Pipelines whose right explanation is known before anything is computed."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

import gsx
from gsx.api import FeatureLayout, Layer

LAYOUT = FeatureLayout([Layer("shallow", 4, 1), Layer("deep", 6, 2)])


class TwoLayers(nn.Module):
    """shallow = conv(image), deep = conv(pool(shallow)); no ReLU, so that activations are negative too."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Conv2d(3, 4, 3, padding=1)
            self.second = nn.Conv2d(4, 6, 3, padding=1)
        self.layer_modules = {"shallow": "first", "deep": "second"}

    def forward(self, image: Tensor, layers) -> dict[str, Tensor]:
        shallow = self.first(image)
        maps = {"shallow": shallow, "deep": self.second(nn.functional.avg_pool2d(shallow, 2))}
        return {name: maps[name] for name in maps if name in layers}


class Decoder(nn.Module):
    """The picture is a 1×1 mix of the deep map, enlarged: linear in it."""

    def __init__(self, channels: int = 6) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            self.out = nn.Conv2d(channels, 3, 1)

    def forward(self, fused, content, context) -> Tensor:
        return interpolate(self.out(fused["deep"]), size=content.shape[-2:], mode="nearest")


def mix(content, style, level):
    """Linear in both maps; the style's is brought onto the content's grid."""
    own = content[level]
    return 0.3 * own + interpolate(style[level], size=own.shape[-2:], mode="bilinear")


def pipeline(**changes) -> gsx.Pipeline:
    """Extractor, linear fusion, linear generator."""
    parts = {"extractor": TwoLayers(), "fusion": mix, "generator": Decoder(), "layout": LAYOUT}
    return gsx.Pipeline(**{**parts, **changes})


def picture(*size: int, seed: int = 0, count: int = 1) -> Tensor:
    """A random image."""
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(seed))


WEIGHTS = torch.tensor([3.0, -2.0, 0.0, 1.0, -1.0, 0.5])
"""One per channel of ``deep``: both signs, and a zero."""


def linear(outputs) -> Tensor:
    """Σ_k w_k · mean over positions of the stylised picture's deep map."""
    return (outputs.stylized_maps["deep"].mean((2, 3)) * WEIGHTS).sum(1)


def unit(name: str, role: str = "stylized", **options) -> dict:
    """A unit at the deep layer."""
    return {"name": name, "role": role, **({} if name == "layers" else {"layer": "deep"}), **options}


def rows(explanation, sample: int = 0) -> dict[str, float]:
    """Unit -> change of the score."""
    return {row.unit: row.score_change for row in explanation.values[sample]}
