"""Pen and ink: a still life in cross-hatching that follows the form, with a sepia wash on cream paper."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

PAPER, INK = kit.rgb("f3e6c8"), kit.rgb("1d1a1f")
LAMP = np.array([-0.55, -0.62, 0.56], np.float32)  # towards the light: left, up, and out of the paper


class Sheet:
    """What the pen must know at every pixel: tone, two coordinates on the surface, outlines and wash."""

    def __init__(self, size: int) -> None:
        self.x, self.y = kit.grid(size)
        self.tone = np.zeros((size, size), np.float32)  # 0 is paper, 1 is black
        self.u, self.v = np.zeros_like(self.tone), np.zeros_like(self.tone)  # along and around, canvas units
        self.edge = np.zeros_like(self.tone)
        self.wash = np.broadcast_to(PAPER, (size, size, 3)).astype(np.float32).copy()

    def put(self, mask: Array, tone: Array, u: Array, v: Array, wash: str, rim: Array | None = None) -> None:
        """Lay one surface over what is there; ``rim`` is the distance to its outline in canvas units."""
        for field, value in ((self.tone, tone), (self.u, u), (self.v, v)):
            np.copyto(field, value, where=mask)
        self.edge[mask] = 0
        self.wash[mask] = kit.rgb(wash)
        if rim is not None:
            heavy = 0.0022 + 0.0024 * kit.step(-0.2, 0.8, tone)
            np.maximum(self.edge, kit.step(0.001, -0.001, np.abs(rim) - heavy), out=self.edge)

    def turned(self, profile: Array, axis: float, top: float, foot: float, wash: str, dark: float = 0.0) -> None:
        """A turned body (vase, fruit): half-width ``profile`` per row about ``axis``, from ``top`` to ``foot``."""
        half = np.maximum(profile, 1e-4)
        s = (self.x - axis) / half
        inside = (np.abs(s) < 1) & (self.y > top) & (self.y < foot)
        c = np.clip(s, -0.999, 0.999)
        size = len(half)
        # The silhouette's slope tilts the normal up or down.
        slope = np.clip(np.gradient(half[:, 0]) * size, -3, 3)[:, None]
        nz = np.sqrt(1 - c * c) / np.sqrt(1 + slope**2)
        nx, ny = c / np.sqrt(1 + slope**2), -slope / np.sqrt(1 + slope**2)
        lit = nx * LAMP[0] + ny * LAMP[1] + nz * LAMP[2]
        bounce = 0.30 * kit.step(0.55, 1.0, c)
        tone = np.clip(0.62 - 0.75 * lit + dark - bounce, 0, 1)
        tone = np.where(lit > 0.90, 0, tone)
        # Rings bulge downwards because the eye is above the table.
        rings = self.y - 0.30 * half * np.sqrt(1 - c * c)
        rim = np.minimum((1 - np.abs(s)) * half / np.sqrt(1 + slope**2), np.minimum(self.y - top, foot - self.y))
        self.put(inside, tone, rings, np.arcsin(c) * np.clip(half, 0.06, 0.2), wash, np.where(inside, rim, 1))


def _still_life(size: int) -> Sheet:
    sheet = Sheet(size)
    x, y = sheet.x, sheet.y
    # Drapery behind: folds as ridges, hatched across.
    bend = x + 0.06 * np.sin(3 * y + 1) + 0.05 * np.sin(6 * x)
    fold = np.sin(bend * 33) + 0.5 * np.sin(bend * 57 + 2 * y)
    tone = np.clip(0.40 - 0.26 * fold + 0.35 * (x - 0.35) - 0.15 * (0.5 - y), 0.05, 0.95)
    sheet.put(y < 2, tone, y * 0.9 + 0.018 * fold + 0.35 * x, bend + 0.15 * y, "d9b98a")
    # Window with a bright sky and hills, upper left.
    frame = (x > 0.05) & (x < 0.40) & (y > 0.05) & (y < 0.47)
    rim = np.minimum(np.minimum(x - 0.05, 0.40 - x), np.minimum(y - 0.05, 0.47 - y))
    sheet.put(frame, np.full_like(x, 0.55), y + x * 0.2, x, "a97c4f", np.where(frame, rim, 1))
    pane = frame & (rim > 0.022) & (np.abs(x - 0.225) > 0.010)
    d = np.hypot(x - 0.30, y - 0.17)
    cloud = np.sin(x * 40 + 6 * np.sin(y * 30)) * 0.5
    sheet.put(
        pane,
        np.clip(0.08 + 0.22 * kit.step(0.05, 0.3, d) + 0.12 * cloud, 0, 1),
        d * 1.1,
        np.arctan2(y - 0.17, x - 0.30) * 0.12,
        "bcd0cf",
    )
    for base, amp, f, tone0, wash in ((0.33, 0.025, 22, 0.42, "a9b79b"), (0.385, 0.02, 31, 0.62, "8a9a6d")):
        top = base + amp * np.sin(x * f + base * 9)
        hill = pane & (y > top)
        sheet.put(
            hill,
            np.clip(tone0 + 0.3 * np.cos(x * f + base * 9), 0.1, 0.95),
            (y - top) * 0.9 + x * 0.25,
            x + 0.5 * (y - top),
            wash,
            np.where(pane, y - top, 1),
        )
    # Table: boards in perspective, with the shadows that the things cast to the right.
    table = y > 0.685
    depth = np.maximum(y - 0.52, 0.02)
    tone = 0.30 + 0.10 * np.sin((x - 0.5) / depth * 9) + 0.45 * kit.step(0.78, 1.02, y) * 0.6
    for cx, cy, rx, ry in (
        (0.63, 0.795, 0.30, 0.042),
        (0.38, 0.885, 0.21, 0.040),
        (0.72, 0.915, 0.20, 0.035),
        (0.26, 0.83, 0.22, 0.035),
    ):
        q = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2
        tone = tone + 0.48 * kit.step(1.15, 0.6, q)
    sheet.put(
        table, np.clip(tone, 0, 1), y + 0.1 * x, (x - 0.5) * 0.30 / depth, "c99f66", np.where(y > 0.66, y - 0.685, 1)
    )
    # Jug.
    row = y[:, :1]
    t = np.clip((row - 0.20) / 0.61, 0, 1)
    body = (
        0.062
        + 0.135 * np.exp(-(((t - 0.66) / 0.26) ** 2))
        + 0.03 * np.exp(-((t / 0.07) ** 2))
        - 0.012 * np.exp(-(((t - 0.2) / 0.1) ** 2))
    )
    hx, hy = (x - 0.745) / 0.115, (y - 0.42) / 0.135
    ring = np.hypot(hx, hy)
    handle = np.abs(ring - 0.86) < 0.15
    side = (ring - 0.86) / 0.15
    sheet.put(
        handle,
        np.clip(0.45 + 0.4 * side * np.sign(hx + hy), 0, 1),
        np.arctan2(hy, hx) * 0.1,
        side * 0.02,
        "b5583a",
        np.where(np.abs(side) < 1.2, (1 - np.abs(side)) * 0.016, 1),
    )
    sheet.turned(body, 0.605, 0.20, 0.815, "b5583a", 0.05)
    mouth = ((x - 0.605) / 0.082) ** 2 + ((y - 0.205) / 0.021) ** 2
    sheet.put(mouth < 1, 0.75 + 0.2 * (x - 0.6) * 8, y * 1.2, x, "6b3424", (1 - np.sqrt(mouth)) * 0.021)
    # Fruit: pears are two bulges, apples one.
    for cx, head, foot, wide, neck, wash in (
        (0.20, 0.545, 0.845, 0.098, 0.45, "b8a345"),
        (0.335, 0.70, 0.90, 0.108, 0.0, "b0432f"),
        (0.665, 0.735, 0.935, 0.105, 0.0, "c07a2c"),
        (0.475, 0.765, 0.965, 0.104, 0.0, "8f9c45"),
        (0.86, 0.60, 0.90, 0.100, 0.45, "b8a345"),
    ):
        t = np.clip((row - head) / (foot - head), 0, 1)
        ball = np.sqrt(np.clip(1 - (2 * t - 1) ** 2, 0, 1))
        pear = np.sqrt(np.clip(t * (1 - t) * 4, 0, 1)) * (0.42 + 0.62 * kit.step(0.15, 0.75, t))
        sheet.turned(wide * (pear if neck else ball), cx, head, foot, wash)
        bx = cx + 0.018 * np.sin((y - head) * 40)
        stem = (np.abs(x - bx) < 0.0055) & (y > head - 0.045) & (y < head + 0.015)
        sheet.put(stem, np.ones_like(x), y, x, "3a2a1c", None)
    return sheet


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    sheet = _still_life(big)
    x, y = sheet.x, sheet.y
    tone = np.clip(sheet.tone + 0.10 * (kit.noise(rng, big, 30, 2) - 0.5), 0, 1)
    tremor = 0.0045 * (kit.noise(rng, big, 22, 2) - 0.5) + 0.0016 * (kit.noise(rng, big, 110, 1) - 0.5)
    pressure = kit.noise(rng, big, 34, 2)
    ink = np.zeros((big, big), np.float32)
    # Each further set of lines begins where the tone is too dark for the ones before.
    sets = ((1.0, 0.0, 0.05, 0.0105), (0.35, 1.0, 0.34, 0.0100), (0.75, 0.75, 0.56, 0.0098), (0.8, -0.8, 0.76, 0.0098))
    for a, b, start, pitch in sets:
        phase = (a * sheet.u + b * sheet.v + tremor) / pitch
        # Lines crowd where a surface turns away; measured here so that their width stays that of a pen.
        gy, gx = np.gradient(phase)
        dense = np.clip(np.hypot(gx, gy) * big * pitch, 0.35, 3.0)
        number = np.round(phase)
        off = np.abs(phase - number) * pitch / dense
        breaks = kit.sample(pressure, np.mod(x + number * 0.377, 1), np.mod(y + number * 0.611, 1))
        need = np.clip((tone - start) / 0.42, 0, 1)
        width = (
            pitch
            * (0.095 + 0.155 * need)
            * (0.7 + 0.6 * breaks)
            * kit.step(0, 0.10, need)
            * (breaks > 0.40 - 1.3 * need)
        )
        ink = np.maximum(ink, kit.step(0.0009, -0.0006, off - width / np.maximum(dense, 0.8)) * (width > 0))
    ink = np.maximum(ink, sheet.edge)
    # Wash: pigment pools unevenly and is darker in the shadows; the lights stay near paper.
    pool = kit.noise(rng, big, 7, 4)
    wash = kit.blur(sheet.wash, 0.0025 * big)
    strength = np.clip(0.38 + 0.55 * tone + 0.55 * (pool - 0.5), 0.05, 0.95)
    fibre = kit.noise(rng, big, 150, 2) - 0.5
    picture = PAPER * (1 + 0.07 * fibre + 0.05 * (kit.noise(rng, big, 5, 3) - 0.5))[..., None]
    picture = picture * (1 - strength[..., None] * (1 - wash / PAPER))
    kit.lay(picture, INK, ink * (0.86 + 0.14 * kit.noise(rng, big, 90, 2)))
    return kit.unit(kit.shrink(picture, 2))
