"""Colour woodblock print in the manner of ukiyo-e: a mountain at dawn above a sea of patterned waves."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

KEY, PAPER = kit.rgb("172447"), kit.rgb("f6ead0")


class Print:
    """Sheet under the blocks: ``ink`` (RGB, 0..1) and the coverage of the ``key`` block (0..1)."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        wobble = [0.0028 * (kit.noise(rng, size, 26, 2) - 0.5) for _ in range(2)]
        x, y = kit.grid(size)
        self.x, self.y = x + wobble[0], y + wobble[1]
        self.ink = np.broadcast_to(PAPER, (size, size, 3)).astype(np.float32).copy()
        self.key = np.zeros((size, size), np.float32)
        self.swell = kit.noise(rng, size, 20, 2)

    def shape(self, mask: Array, ink: Array, line: float = 0.0035) -> None:
        """One block: colour (3 floats or a picture) inside ``mask``, an outline ``line`` canvas units wide."""
        np.copyto(self.ink, ink, where=mask[..., None])
        self.key[mask] = 0
        if line:
            box, near = kit.rim(mask, round(2 * line * self.size) + 3)
            width = line * (0.55 + 0.9 * self.swell[box])
            self.key[box] = np.maximum(self.key[box], kit.step(0.001, -0.001, near / self.size - width))

    def lines(self, field: Array, width: float, where: Array) -> None:
        """Key lines ``width`` canvas units wide at the zeros of ``field``, inside ``where``."""
        gy, gx = np.gradient(field)
        off = np.abs(field) / np.maximum(np.hypot(gx, gy) * self.size, 1e-4)
        drawn = kit.step(0.0009, -0.0009, off - width * (0.3 + 0.9 * self.swell))
        np.maximum(self.key, drawn * where, out=self.key)


def _scales(x: Array, y: Array, wide: float) -> Array:
    """Seigaiha, overlapping arcs ``wide`` canvas units across: how far from the middle of its arc a pixel is, 0..1."""
    best = np.full(x.shape, 9.0, np.float32)
    first = np.floor(y / (wide / 4))
    # Lower rows lie over upper ones, and an arc spans four rows: take the lowest that reaches the pixel.
    for back in range(4, -1, -1):
        row = first + back
        cx = (np.round(x / wide - 0.5 * np.mod(row, 2)) + 0.5 * np.mod(row, 2)) * wide
        d = np.hypot(x - cx, y - row * wide / 4) / (wide / 2)
        best = np.where((d <= 1) & (best > 1), d, best)
    return kit.unit(best)


def _drop(sheet: Print, px: float, py: float, radius: float) -> None:
    """A white drop of spray with a key line round it; all in canvas units."""
    low, high = ((np.array([py, px]) + side * 3 * radius) * sheet.size for side in (-1, 1))
    box = (slice(max(0, int(low[0])), max(0, int(high[0]))), slice(max(0, int(low[1])), max(0, int(high[1]))))
    q = np.hypot(sheet.x[box] - px, sheet.y[box] - py)
    np.copyto(sheet.ink[box], kit.rgb("fffaf0"), where=(q < radius)[..., None])
    line = kit.step(0.0008, -0.0008, np.abs(q - radius) - 0.0010)
    sheet.key[box] = np.where(q < radius, 0, np.maximum(sheet.key[box], line))


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    sheet = Print(big, rng)
    x, y = sheet.x, sheet.y
    everywhere = np.ones(x.shape, bool)
    # Sky: bokashi, the graded wiping of the block, from Prussian blue to rose and straw.
    sheet.shape(
        everywhere, kit.ramp(np.clip(y / 0.62, 0, 1), kit.palette("123a7a 2f6ea5 86b3bd f0d9a8 f4a678 e8694f")), 0
    )
    sun = np.hypot(x - 0.77, y - 0.20)
    sheet.lines(np.sin(np.arctan2(y - 0.20, x - 0.77) * 30), 0.0012, kit.step(0.30, 0.22, sun))
    sheet.shape(sun < 0.098, kit.ramp(np.clip((y - 0.10) / 0.2, 0, 1), kit.palette("d2261f ee5a35")), 0.003)
    # Streaks of mist: long rounded bands with a drawn rim and lines inside.
    for by, x0, x1, h in (
        (0.095, -0.1, 0.36, 0.022),
        (0.135, 0.10, 0.55, 0.019),
        (0.045, 0.52, 1.1, 0.020),
        (0.265, 0.62, 1.1, 0.021),
        (0.305, 0.74, 1.2, 0.016),
        (0.245, -0.2, 0.20, 0.02),
    ):
        run = np.maximum(np.maximum(x0 - x, x - x1), 0)
        d = np.hypot(run, y - by) / h
        sheet.shape(
            d < 1, kit.ramp(np.clip((y - by) / h * 0.5 + 0.5, 0, 1), kit.palette("fdf6e4 f6e2c4 efc6a0")), 0.0028
        )
        for ring in (0.70, 0.40):
            sheet.lines(d - ring, 0.0010, (d < 0.98).astype(np.float32))
    # Mountain with snow that runs down in teeth, and ridges drawn as hatching.
    cx = 0.40
    flank = 0.165 + 0.50 * np.abs(x - cx) ** 0.82 * 1.12 + 0.006 * np.sin(x * 60)
    mountain = y > np.maximum(flank, 0.163 + 0.006 * np.sin(x * 140))
    rock = kit.ramp(np.clip((y - 0.16) / 0.45, 0, 1), kit.palette("1b3d78 2a5a94 3d7f9f 7fae8f a8bf7a"))
    sheet.shape(mountain, rock, 0.0045)
    tooth = (
        0.305
        + 0.050 * np.sin((x - cx) * 62)
        + 0.034 * np.sin((x - cx) * 149 + 1)
        + 0.012 * np.sin((x - cx) * 310)
        - 0.16 * np.abs(x - cx)
    )
    sheet.shape(mountain & (y < tooth), kit.rgb("fbf5e6"), 0.0026)
    fan = np.arctan2(x - cx, y - 0.06) * 26 + 0.9 * np.sin(y * 38)
    ridge = np.sin(fan * np.pi)
    sheet.lines(ridge, 0.0014, mountain * kit.step(0.0, 0.08, y - tooth))
    # Forest at the foot: rows of rounded trees.
    for row, (base, r, codes) in enumerate(
        ((0.525, 0.028, "24604f 6fa05a"), (0.56, 0.034, "17474a 3f8060"), (0.60, 0.040, "10304a 2a6258"))
    ):
        place = x / (1.35 * r) + 0.5 * row
        which = np.floor(place)
        tall = 0.75 + 0.6 * np.mod(np.sin(which * 12.9898 + row) * 437.5453, 1)
        d = np.hypot(np.mod(place, 1) - 0.5, (y - base) / (1.9 * r * tall)) * 1.9
        tree = (d < 1) | (y > base)
        sheet.shape(tree, kit.ramp(np.clip((base - y) / (1.6 * r) + 0.2, 0, 1), kit.palette(codes)), 0.0026)
        sheet.lines(
            np.sin((y - base) / r * 7 + 2.6 * np.cos((np.mod(place, 1) - 0.5) * 6)),
            0.0009,
            tree.astype(np.float32) * (d > 0.25),
        )
    # Sea: bands of scales that grow towards the viewer, each band behind a crest with foam fingers.
    bands = ((0.625, 0.050, 0.010, 9), (0.705, 0.068, 0.020, 6), (0.80, 0.088, 0.030, 4), (0.905, 0.112, 0.032, 3))
    for n, (top, wide, swing, waves) in enumerate(bands):
        # A crest leans over: steep on one side.
        t = x * waves + 0.31 * n
        crest = top - swing * np.sin(2 * np.pi * t + 0.8 * np.sin(2 * np.pi * t))
        water = y > crest
        depth = y - crest
        d = _scales(x + 0.02 * n, y - 0.55 * (crest - top), wide)
        rings = np.floor(d * 4)
        tone = np.clip(0.16 + 0.24 * np.mod(rings, 2) + 0.5 * (1 - d) + 0.9 * np.clip(0.05 - depth, 0, 1) * 8, 0, 1)
        sheet.shape(water, kit.ramp(tone, kit.palette("143a7c 1f5d9f 3b8fb8 8cc4c4 dcebd6")), 0.0038)
        sheet.lines(np.sin(np.pi * d * 4), 0.0009 + 0.0001 * n, water * (d > 0.15) * (d < 0.97))
        np.maximum(sheet.key, water * kit.step(0.945, 0.985, d) * (d < 1.001), out=sheet.key)
        claw = np.abs(np.sin(x * 410 / (5 + 2 * n) + 2.2 * np.sin(x * 23 + n)))
        finger = 0.006 + 0.008 * n**0.5 + (0.010 + 0.012 * n**0.5) * claw**1.6 * (0.7 + 0.5 * np.sin(x * 17 + 2 * n))
        foam = water & (depth < finger)
        sheet.shape(foam, kit.ramp(np.clip(depth / 0.035, 0, 1), kit.palette("fffaf0 f3ead6")), 0.0026)
        # Drops of spray.
        for px in np.arange(0, 1, 0.03 / (0.6 + 0.15 * n)) + rng.uniform(0, 0.02):
            py = float(kit.sample(crest, px, top)) - rng.uniform(0.008, 0.030 + 0.006 * n)
            if rng.random() < 0.55:
                _drop(sheet, float(px), py, rng.uniform(0.0022, 0.0050))
    # Pines lean in from both sides, before everything.
    for k, (bx, by, r) in enumerate(
        (
            (0.03, 0.36, 0.075),
            (0.135, 0.40, 0.062),
            (0.055, 0.47, 0.080),
            (0.185, 0.475, 0.050),
            (0.97, 0.50, 0.055),
            (0.93, 0.555, 0.065),
            (1.0, 0.43, 0.06),
        )
    ):
        d, a = np.hypot(x - bx, (y - by) * 1.5), np.arctan2((y - by) * 1.5, x - bx)
        pad = d < r * (1 + 0.10 * np.abs(np.sin(a * 7 + k)))
        sheet.shape(pad, kit.ramp(np.clip((y - by) / r + 0.5, 0, 1), kit.palette("8fb04a 3f7f48 1d5040")), 0.0032)
        needles = np.sin(a * 17 + k) * (d > 0.25 * r)
        sheet.lines(needles, 0.0012, pad.astype(np.float32))
    # Printing: the key block on the inks, which sit slightly off; grain of cherry wood; fibres of the paper.
    off = max(1, round(0.0018 * big))
    picture = kit.slip(sheet.ink, off, off)
    bow = np.mod(y + 0.10 * np.sin(2.2 * x + 0.5) + 0.02 * kit.noise(rng, big, 5, 2), 1)
    grain = kit.sample(kit.noise(rng, big, (90, 3), 4), x, bow) - 0.5
    picture *= (1 + 0.26 * grain)[..., None]
    mottle = kit.noise(rng, big, 130, 2)
    kit.lay(picture, PAPER, 0.11 * kit.step(0.45, 0.9, mottle))
    kit.lay(picture, KEY, sheet.key * np.clip(1.12 - 0.35 * mottle, 0, 1))
    return kit.unit(kit.shrink(picture, 2))
