"""Paint the style pictures that ship with GSX: ``python -m gsx.samples.paint_styles [--out DIR] [--size 512]``.

Every picture is made by the project, from a seed, with numpy, scipy, scikit-image and Pillow alone, so that
anybody may use them and can make them again. The same seed gives the same picture; another machine may differ
in the last bits of its floats, which moves a few pixels by a level or two.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Style:
    """How one picture is made: the painter's module (same ``name``), its ``seed`` and a line about the technique."""

    name: str
    seed: int
    technique: str


STYLES: tuple[Style, ...] = (
    Style("swirling_oils", 7, "oil paint: thousands of impasto strokes along a flow field"),
    Style("stained_glass", 11, "stained glass: jewel-coloured cells in lead, lit from behind"),
    Style("pop_art", 5, "screen print: halftone dots, bold outlines, slipped registration"),
    Style("ink_crosshatch", 3, "pen and ink: cross-hatching that follows the form, sepia wash on cream paper"),
    Style("watercolour", 19, "watercolour: layered washes with dark edges, blooms and granulation"),
    Style("woodcut_waves", 2, "woodcut: waves and sun in carved lines of tapering width"),
    Style("mosaic", 13, "mosaic: bevelled tesserae laid along the contours"),
    Style("pointillism", 17, "pointillism: dabs of divided, complementary colour"),
    Style("cubist_facets", 23, "cubism: a still life broken into shaded facets"),
    Style("ukiyo_e", 29, "colour woodblock print: graded inks, patterned sea, key-block outlines"),
)

# Texture is expensive in JPEG; all pictures together must stay under a megabyte in the wheel.
MAX_BYTES = 98_000
BEST_QUALITY, WORST_QUALITY = 90, 60


def paint(name: str, size: int = 512, seed: int | None = None) -> np.ndarray:
    """Paint one picture.

    Args:
        name: one of ``STYLES``.
        size: side of the square picture in pixels, 32 or more.
        seed: instead of the picture's own.

    Returns:
        uint8 RGB, shape ``(size, size, 3)``.
    """
    style = next(s for s in STYLES if s.name == name)
    painter = import_module(f"gsx.samples.painters.{name}")
    picture = painter.paint(size, np.random.default_rng(style.seed if seed is None else seed))
    pixels: np.ndarray = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return pixels


def encode(picture: np.ndarray) -> tuple[bytes, int]:
    """JPEG bytes at the best quality that fits ``MAX_BYTES``, and that quality (0..100)."""
    for quality in range(BEST_QUALITY, WORST_QUALITY - 1, -2):
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
        if stream.tell() <= MAX_BYTES:
            break
    return stream.getvalue(), quality


def main(argv: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gsx.samples.paint_styles", description="Paint the style pictures.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "styles", help="folder (default: shipped)")
    parser.add_argument("--size", type=int, default=512, help="side in pixels (default: 512)")
    parser.add_argument("--only", nargs="+", choices=[s.name for s in STYLES], metavar="NAME", help="just these")
    options = parser.parse_args(argv)
    if options.size < 32:
        parser.error("--size must be 32 or more")
    options.out.mkdir(parents=True, exist_ok=True)
    for style in STYLES:
        if options.only and style.name not in options.only:
            continue
        begun = time.perf_counter()
        data, quality = encode(paint(style.name, options.size))
        (options.out / f"{style.name}.jpg").write_bytes(data)
        took = time.perf_counter() - begun
        sys.stdout.write(f"{style.name:16} {len(data) / 1000:6.1f} kB  quality {quality}  {took:5.1f} s\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
