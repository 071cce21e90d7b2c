"""How often do maps tell which half of a picture is in which style? The figures in the README.

python examples/halves_study.py --size 128 --pairs 6 --contents chelsea astronaut
"""

import argparse
import statistics

import torch

import gsx
from gsx.images import decode, resize_longer
from gsx.samples import content_path, style_names, style_path

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=48, help="longer side in pixels")
parser.add_argument("--iterations", type=int, default=80)
parser.add_argument("--pairs", type=int, default=1, help="how many pairs of styles")
parser.add_argument("--contents", nargs="+", default=["chelsea"])
arguments = parser.parse_args()


def area_under_curve(heat: torch.Tensor) -> float:
    """The chance that a place on the left has a larger value than one on the right."""
    left, right = heat[:, : heat.shape[1] // 2].flatten(), heat[:, heat.shape[1] // 2 :].flatten()
    return (left[:, None] > right[None]).float().mean().item()


pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "pixels", "iterations": arguments.iterations}})
names = list(style_names())
found: dict[str, list[float]] = {"difference": [], "one map": [], "random weights": []}
for content_name in arguments.contents:
    content = resize_longer(decode(content_path(content_name)).image, arguments.size)
    width = content.shape[-1]
    for index in range(arguments.pairs):
        pair = names[index], names[(index + 3) % len(names)]
        styles = [resize_longer(decode(style_path(name)).image, arguments.size) for name in pair]
        left, right = (gsx.stylize(content, style, pipeline=pipeline).stylized for style in styles)
        made = torch.cat([left[..., : width // 2], right[..., width // 2 :]], dim=-1)
        first, second = (
            gsx.explain(pipeline, content, style, stylized=made).maps["gradcam"].values[0] for style in styles
        )
        change = (pipeline.extract(made, ["relu4_1"])["relu4_1"] - pipeline.extract(content, ["relu4_1"])["relu4_1"])[0]
        weights = torch.randn(20, len(change), generator=torch.Generator().manual_seed(0))
        found["difference"].append(area_under_curve(first - second))
        found["one map"].append(area_under_curve(first))
        found["random weights"] += [area_under_curve(torch.einsum("k,khw->hw", row, change)) for row in weights]
        print(f"{content_name}, {' | '.join(pair)}: {found['difference'][-1]:.3f}")
for name, areas in found.items():
    print(f"{name}: {min(areas):.2f} to {max(areas):.2f}, median {statistics.median(areas):.2f}")
