"""Do features of low entropy stylise badly, and does smoothing them help? Measured, with a plot and the pictures.

Wang, Li & Vasconcelos (CVPR 2021) found that residual networks give features of low entropy, through which style
transfer looks bad, and that a softmax over the activations repairs both. Here VGG-19 (the slim one that ships) and
EfficientNet-Lite0 (`pip install "gsx[efficientnet]"`) lead the `pixels` generator by Gram matrices, as in the paper: as
they are, and smoothed. Two judges that led nothing say how much of the way to the style was left: VGG-16 with random
weights, and the other of the two networks.

What came of it at 96 px, 200 iterations, two photographs in two styles (mean ± half the deviation of the four pairs,
which share contents and styles: no interval; `gsx bench --recipe examples/swag.toml` on folders gives intervals):

    led by                           entropy of     way left, judged by           SSIM to
                                     maps   Grams   VGG-16 random  other network  the content
    vgg19                            0.95   0.97    0.09 ± 0.02    0.36 ± 0.01    0.32
    vgg19, softmax at 30             1.00   1.00    0.22 ± 0.06    0.41 ± 0.02    0.35
    vgg19, softmax at 1              0.27   0.17    1.02 ± 0.03    0.96 ± 0.01    0.98
    efficientnet-lite0               0.97   0.94    0.32 ± 0.04    0.34 ± 0.06    0.43
    efficientnet-lite0, at 30        1.00   1.00    0.19 ± 0.03    0.28 ± 0.05    0.44
    efficientnet-lite0, at 100       1.00   1.00    0.22 ± 0.04    0.32 ± 0.05    0.47
    efficientnet-lite0, at 1         0.15   0.09    1.00 ± 0.00    1.00 ± 0.00    0.99

The finding shows for the trained residual network: its Gram matrices have the lower entropy, its pictures miss the
style's colours, and the softmax brings them at the same SSIM, to be seen at once: blue for the oils, teal for the
mosaic. VGG-16 says so for all four pairs, VGG-19 for two, and finds little difference in the others. (The column before
the last has two judges: compare within a network there.) After 40 iterations the gap is wider, for smoothed it also
gets there sooner: VGG-19 judges 0.62 without and 0.38 with the softmax, which is nearer in all four. More style weight
does not close it: 100 times as much, without smoothness, leaves 0.56.

What does not show, or not as told:
- Temperature decides. At the paper's 1, a softmax of these maps, which deviate by 2 (VGG-19) to 10, is a few peaks;
  entropy collapses, and nothing is stylised. It has to be some three deviations or more.
- A plain shift, 1 + (F - mean) / (3 deviations), does as well: 0.15 ± 0.03 and 0.27 ± 0.04. So it is not the flattening
  of peaks that helps, but the level, through which Gram matrices see the channels' means.
- By means and deviations (`--statistic mean-std`, 40 iterations) smoothing changes nothing: 0.63 and 0.63.
- Entropy is only slightly lower, and only that of Gram matrices. VGG-19 loses by the smoothing.
- ResNets with random weights stylise badly (one photograph; VGG-19 judges 0.73 for ResNet-18, 0.31 for VGG-16 with
  random weights; ResNet-50 on one pair, 120 iterations: 0.72). Their Gram entropy is 0.92, that VGG-16's 0.89, so
  entropy is not the reason; and smoothing repairs nothing (0.77; 0.76).
- Trained ResNets, which the paper has, were not at hand.

python examples/swag.py --size 96 --iterations 200 --contents chelsea astronaut --styles swirling_oils mosaic \\
    --temperatures 1 30 100
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
parser.add_argument("--iterations", type=int, default=40)
parser.add_argument("--contents", nargs="+", default=["chelsea"], help="samples or files")
parser.add_argument("--styles", nargs="+", default=["swirling_oils", "mosaic"], help="samples or files")
parser.add_argument("--networks", nargs="+", default=["vgg19", "efficientnet-lite0"], help="such as resnet50:random")
parser.add_argument("--temperatures", nargs="*", type=float, default=[1, 30])
parser.add_argument("--statistic", choices=["gram", "mean-std"], default="gram", help="of the style")
parser.add_argument("--style-weight", type=float, default=20.0, help="of the pixels generator")
parser.add_argument("--out", type=Path, default=Path("swag.png"))
arguments = parser.parse_args()

UNTRAINED = {"name": "gram-distance", "id": "untrained"}  # VGG-16 with random weights: made nothing
METRICS = [{"name": "entropy"}, {"name": "ssim"}, UNTRAINED]
OWN_MAPS = {"name": "weighted-sum", "alpha": 1.0, "beta": 0.0, "align": "none"}


def other(network: str) -> dict:
    """A trained judge: the one of the two that did not lead."""
    name, weights = ("efficientnet-lite0", "package") if network == "vgg19" else ("vgg19", "bundled")
    return {"name": "gram-distance", "id": "trained", "judge": name, "judge_weights": weights}


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
    "way left, untrained judge": ("untrained", "normalised.mean"),
    "way left, trained judge": ("trained", "normalised.mean"),
    "SSIM to the content": ("ssim", "ssim"),
}

table, shown = {}, {}
print(f"{'':34}" + "".join(f"{name:>26}" for name in FIGURES))
for label, extractor in extractors.items():
    pipeline = gsx.Pipeline.from_recipe(
        {
            "extractor": extractor,
            "fusion": OWN_MAPS,
            "generator": {
                "name": "pixels",
                "statistic": arguments.statistic,
                "iterations": arguments.iterations,
                "style_weight": arguments.style_weight,
            },
            "explainer": [],
            "metric": [*METRICS, other(extractor["name"])],
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
    means, spreads = table[label].mean(0), table[label].std(0, correction=0) / len(found) ** 0.5
    print(f"{label:34}" + "".join(f"{m:18.3f} ± {e:.3f}" for m, e in zip(means, spreads, strict=True)))

pairs = [(content, style) for content in contents for style in styles][:4]
figure = plt.figure(figsize=(14, max(9, 2 * len(table) + 2)), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.2])
bars, *scatters = left.subplots(3, 1)
places = torch.arange(len(table)).flip(0)
for offset, name, place in ((0.2, "activations", 0), (-0.2, "Gram matrices", 1)):
    bars.barh(places + offset, [value[:, place].mean() for value in table.values()], height=0.36, label=name)
bars.set_yticks(places, list(table))
bars.set_xlim(0, 1)
bars.set_xlabel("normalised entropy of the extractor's maps (1: even)")
bars.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False)
for axes, judge, place in zip(scatters, ("VGG-16 of random weights", "the other trained network"), (2, 3), strict=True):
    for label, value in table.items():
        axes.errorbar(
            value[:, 1].mean(),
            value[:, place].mean(),
            yerr=value[:, place].std(correction=0) / len(value) ** 0.5,
            marker="o" if label.startswith("vgg") else "s",
            linestyle="none",
            label=label,
        )
    axes.set_xlim(0, 1.05)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Gram entropy")
    axes.set_ylabel("way left to the style")
    axes.set_title(f"judged by {judge} (0: there, 1: the content)", fontsize=9)
scatters[0].legend(fontsize=8, loc="lower left")
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
