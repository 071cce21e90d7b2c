"""Which term of a training shaped which part: the same training with and without a term, and their pictures compared.

As it stands it takes a minute and learns next to nothing. For a real answer give folders of photos and paintings, and
some thousand steps: python twins.py PHOTOS PAINTINGS 4000
"""

import sys
import tempfile
from pathlib import Path

import gsx
from gsx.explaining.view import overlay, scale_of
from gsx.images import decode, resize_longer, save_png
from gsx.samples import content_path, style_path

TERMS = {
    "content": {"name": "content", "target": "fused", "relative": True},
    "mean-std": {"name": "mean-std", "relative": True, "weight": 30.0},
    "gram": {"name": "gram", "relative": True, "weight": 10.0},
}
LEFT_OUT = {"content": ["content"], "style": ["mean-std", "gram"], "adversarial": ["adversarial"], "chance": []}


def trained(folder: Path, photos: Path, paintings: Path, steps: int, left_out: list[str], seed: int) -> gsx.Pipeline:
    """A pipeline with a generator that was trained without some terms."""
    recipe = {
        "generator": {"name": "resnet", "channels": 32, "blocks": 1},
        "loss": [term for name, term in TERMS.items() if name not in left_out],
        "adversarial": {"name": "hinge", "weight": 0.0 if "adversarial" in left_out else "adaptive"},
        "train": {"steps": steps, "batch": 2, "crop": 64, "checkpoint_every": steps, "sample_every": steps},
    }
    gsx.train(folder, content=photos, style=paintings, recipe=recipe, seed=seed)
    return gsx.Pipeline.from_recipe({"generator": {"weights": str(folder)}})


def main() -> None:
    given = sys.argv[1:]
    steps = int(given[2]) if given else 4
    with tempfile.TemporaryDirectory() as scratch:
        photos, paintings = map(Path, given[:2]) if given else sample_folders(Path(scratch))
        whole = trained(Path(scratch, "whole"), photos, paintings, steps, [], seed=0)
        twins = {
            # "chance" lacks nothing but has another seed: what differs less than it, differs by chance.
            name: trained(Path(scratch, f"without-{name}"), photos, paintings, steps, terms, seed=int(name == "chance"))
            for name, terms in LEFT_OUT.items()
        }
    content, style = (resize_longer(decode(path).image, 128) for path in (content_path("coffee"), style_path("mosaic")))
    found = gsx.compare_twins(whole, twins, content, style)
    for row in found.values[0] if found.values else ():
        print(f"{row.unit:12} style-alignment {row.score_change:+.3f}  picture {row.image_change:.3f}")
    picture = whole(content, style).stylized[0]
    for name, heat in found.maps.items():
        values = heat.values[0]
        save_png(overlay(values, picture, scale_of(values)), Path(f"twin-{name}.png"))
    print(found.null_reason or found.notes[0])


def sample_folders(scratch: Path) -> list[Path]:
    """Folders with a few of the pictures that come with GSX."""
    folders = []
    for side, find, names in (
        ("photos", content_path, ("coffee", "astronaut", "chelsea")),
        ("paintings", style_path, ("mosaic", "swirling_oils", "woodcut_waves")),
    ):
        folder = scratch / side
        folder.mkdir()
        for name in names:
            save_png(resize_longer(decode(find(name)).image, 96), folder / f"{name}.png")
        folders.append(folder)
    return folders


if __name__ == "__main__":
    main()
