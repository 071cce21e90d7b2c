"""Pop-art screen print: a vase of flowers before a sunburst; halftone dots, thick outlines, slipped registration."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

RED, YELLOW, CYAN, PINK, BLUE = (kit.rgb(c) for c in ("e3242b", "ffd51e", "25b5e6", "f77fb0", "1b3f9c"))
PAPER, INK, ORANGE, GREEN, WHITE = (kit.rgb(c) for c in ("fbf1dc", "141118", "f7861c", "1fa35b", "fffaf0"))


def _dots(x: Array, y: Array, tone: Array, pitch: float, turn: float) -> Array:
    """Halftone screen: coverage 0..1 of round dots that grow with ``tone`` 0..1; ``pitch`` in canvas units."""
    u = (x * np.cos(turn) + y * np.sin(turn)) / pitch
    v = (-x * np.sin(turn) + y * np.cos(turn)) / pitch
    spot = np.hypot(u - np.round(u), v - np.round(v))
    radius = np.sqrt(np.clip(tone, 0, 1)) * 0.68
    return kit.step(0.04, -0.04, spot - radius)


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    x, y = kit.grid(big)
    wobble = [0.004 * (kit.noise(rng, big, 14, 2) - 0.5) for _ in range(2)]
    x, y = x + wobble[0], y + wobble[1]
    picture = np.broadcast_to(PAPER, (big, big, 3)).astype(np.float32).copy()
    line = np.zeros((big, big), np.float32)
    slip = 0.0035  # colours print this far off the drawing

    def outline(mask: Array, width: float) -> None:
        """Key drawing: black along the rim of a shape and nothing of what lies behind it."""
        box, near = kit.rim(mask, round(3 * width * big) + 3)
        line[mask] = 0
        # Heavier below and to the right, as a brush pen would leave it.
        heavy = width * (1 + 0.5 * np.tanh(3 * (x + y - 1)))[box]
        line[box] = np.maximum(line[box], kit.step(0.0012, -0.0012, near / big - heavy))

    def tint(mask: Array, flat: Array, dots: Array, tone: Array, pitch: float, turn: float = 0.6) -> None:
        """Flat ink, shifted by the slip, with a second ink in dots on it."""
        shift = round(slip * big)
        moved = kit.slip(mask, shift, shift).astype(np.float32)
        kit.lay(picture, flat, moved)
        kit.lay(picture, dots, moved * _dots(x, y, tone, pitch, turn))

    # Sunburst: rays alternate yellow with red dots and cyan with blue dots, dots growing outwards.
    dx, dy = x - 0.5, y - 0.40
    r, a = np.hypot(dx, dy), np.arctan2(dy, dx)
    ray = np.floor((a / (2 * np.pi) + 0.5) * 24).astype(int) % 2 == 0
    tint(ray, YELLOW, RED, 0.04 + 0.85 * r**1.2, 0.018)
    tint(~ray, CYAN, BLUE, 0.06 + 0.75 * r, 0.018, 0.3)
    outline(ray, 0.0022)
    # Table: stripes.
    table = y > 0.80 + 0.012 * np.sin(7 * x)
    tint(table, PINK, RED, 0.15 + 1.6 * (y - 0.80), 0.014, 0.8)
    stripe = table & (np.sin((x - 0.5) / (0.30 + 1.2 * (y - 0.55)) * 48) > 0.15)
    tint(stripe, WHITE, PINK, 0.1 + 1.2 * (y - 0.8), 0.014)
    outline(stripe, 0.0028)
    outline(table, 0.006)

    # Leaves, then the vase, then flowers from the back to the front.
    for lx, ly, turn, reach in (
        (0.25, 0.65, 3.4, 0.23),
        (0.75, 0.65, -0.3, 0.23),
        (0.20, 0.33, 2.4, 0.2),
        (0.82, 0.33, 0.75, 0.2),
    ):
        u = (x - lx) * np.cos(turn) - (y - ly) * np.sin(turn)
        v = (x - lx) * np.sin(turn) + (y - ly) * np.cos(turn)
        blade = np.abs(v) < 0.062 * np.cos(np.clip(u / reach * np.pi, -np.pi / 2, np.pi / 2)) - 0.004
        tint(blade, GREEN, INK, 0.10 + 9 * np.clip(v, 0, 1), 0.011)
        outline(blade, 0.005)
        outline(blade & (np.abs(v) < 0.0018), 0.0012)
    t = np.clip((y - 0.56) / 0.36, 0, 1)
    half = 0.075 + 0.105 * np.sin(np.pi * np.clip(t * 0.86 + 0.1, 0, 1)) ** 1.5
    vase = (np.abs(x - 0.5) < half) & (y > 0.56) & (y < 0.925)
    tint(vase, BLUE, CYAN, np.clip(0.75 - 4.5 * (x - 0.40), 0, 0.8), 0.0135)
    band = vase & (np.abs(y - 0.745 - 0.02 * np.sin(x * 75)) < 0.028)
    tint(band, YELLOW, ORANGE, 0.15 + 2.2 * np.clip(x - 0.45, 0, 1), 0.0135)
    outline(vase, 0.0075)
    outline(band, 0.004)
    flowers = (
        (0.30, 0.19, 0.135, 6, ORANGE, RED, YELLOW),
        (0.72, 0.20, 0.135, 5, WHITE, PINK, RED),
        (0.17, 0.46, 0.125, 5, PINK, RED, YELLOW),
        (0.84, 0.47, 0.125, 6, YELLOW, ORANGE, BLUE),
        (0.50, 0.12, 0.095, 6, PINK, BLUE, WHITE),
        (0.37, 0.51, 0.13, 5, WHITE, CYAN, ORANGE),
        (0.65, 0.51, 0.14, 6, RED, INK, YELLOW),
        (0.51, 0.33, 0.165, 5, RED, PINK, YELLOW),
    )
    for fx, fy, reach, petals, flat, dots, heart in flowers:
        ex, ey = x - fx, y - fy
        d, about = np.hypot(ex, ey), np.arctan2(ey, ex) + fx * 9
        scallop = np.abs(np.cos(about * petals / 2)) ** 0.55
        bloom = d < reach * (0.55 + 0.45 * scallop)
        tint(bloom, flat, dots, 0.9 * (1 - d / reach) + 2.2 * np.clip(ex + ey, -0.1, 0.2), 0.0135)
        outline(bloom, 0.0065)
        # Pleats from the heart of the flower.
        pleat = np.abs(np.sin(about * petals)) * d < 0.0022 + 0.02 * np.clip(0.55 * reach - d, 0, 1)
        np.maximum(line, (pleat & bloom & (d < 0.68 * reach)).astype(np.float32), out=line)
        middle = d < 0.30 * reach * (1 + 0.08 * np.sin(about * 12))
        tint(middle, heart, INK, 0.12 + 6 * np.clip(ex + ey, 0, 1), 0.0095)
        outline(middle, 0.005)

    # The squeegee leaves ink thin in places, and the paper has a tooth.
    kit.lay(picture, INK, line * (0.93 + 0.07 * kit.noise(rng, big, 60, 2)))
    grain = kit.noise(rng, big, 140, 2)
    starved = kit.step(0.70, 0.86, 0.75 * grain + 0.35 * kit.noise(rng, big, 6, 2))
    kit.lay(picture, PAPER, 0.22 * starved)
    picture *= (0.97 + 0.05 * (kit.noise(rng, big, 200, 1) - 0.5))[..., None]
    return kit.unit(kit.shrink(picture, 2))
