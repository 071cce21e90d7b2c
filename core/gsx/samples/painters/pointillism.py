"""Pointillism: a river at evening, in dabs of divided colour with complementary accents."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.brush import Canvas
from gsx.samples.painters.kit import Array


def _scene(size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Local colour (RGB, 0..1) and the direction of the dabs (radians)."""
    x, y = kit.grid(size)
    warp = kit.noise(rng, size, 5, 3) - 0.5
    fine = kit.noise(rng, size, 18, 2) - 0.5
    sx, sy = 0.60, 0.30
    d = np.hypot(x - sx, (y - sy) * 1.1)
    sky = kit.ramp(
        np.clip(d / 0.75 + 0.16 * warp, 0, 1), kit.palette("fff0a8 fccb62 f4a062 dd8591 9f86c4 6a83cf 4a73c4")
    )
    colour = sky.copy()
    streak = np.sin(y * 46 + 4 * warp + 2.5 * x) * kit.step(0.5, 0.05, y)
    kit.lay(colour, kit.rgb("f7a08a"), 0.55 * kit.step(0.35, 0.85, streak))
    angle = np.arctan2(y - sy, x - sx) + np.pi / 2
    kit.lay(colour, kit.rgb("fffbe0"), kit.step(0.062, 0.050, d))

    horizon = 0.47
    for base, amp, f, p, codes in (
        (0.415, 0.030, 8, 0.3, "6a78c0 8d86c9 b99ac0"),
        (0.445, 0.022, 13, 2.2, "3f6f9f 5a8f9a 7fae8f"),
    ):
        top = base + amp * np.sin(x * f + p) + 0.3 * amp * np.sin(x * f * 3.1)
        kit.lay(
            colour,
            kit.ramp(np.clip(0.5 + fine + (y - top) * 6, 0, 1), kit.palette(codes)),
            kit.step(-0.003, 0.003, y - top),
        )
    # River: the sky upside down, broken by ripples.
    ripple = 0.5 + 0.5 * np.sin(np.sqrt(np.clip(y - horizon, 0, 1)) * 95 + 6 * warp + 3 * x)
    mirror = kit.sample(sky, x + 0.04 * fine, np.clip(2 * horizon - y, 0, 1) * 0.9 + 0.02 * ripple)
    water = mirror * 0.40 + 0.60 * kit.ramp(ripple, kit.palette("1b4a94 2a6fb0 4a9fc4 8fc7c9"))
    path = kit.step(0.10, 0.02, np.abs(x - sx) / (0.6 + (y - horizon)) - 0.03 * ripple)
    kit.lay(water, kit.rgb("ffe08a"), 0.75 * path * ripple)
    river = kit.step(-0.002, 0.002, y - horizon)
    kit.lay(colour, water, river)
    angle = np.where(y > horizon, 0.12 * fine * 10, angle)
    # Sailing boats and their reflections.
    for bx, by, s, sail in (
        (0.42, 0.59, 0.125, "fff3df"),
        (0.74, 0.55, 0.080, "f9d7c4"),
        (0.62, 0.515, 0.040, "fff7e8"),
    ):
        for way, alpha in ((1, 1.0), (-1, 0.55)):
            h = (by - y) * way / s
            u = (x - bx) / s + (0.10 * (ripple - 0.5) if way < 0 else 0)
            main = (h > 0.12) & (h < 1.7) & (u > 0.04) & (u < 0.72 * (1.7 - h) / 1.58)
            jib = (h > 0.18) & (h < 1.45) & (u < -0.02) & (u > -0.5 * (1.45 - h) / 1.27)
            hull = (h > -0.12) & (h < 0.10) & (np.abs(u) < 0.75 + 1.2 * h)
            kit.lay(colour, kit.rgb(sail), alpha * (main | jib).astype(np.float32))
            kit.lay(colour, kit.rgb("b9a7d6"), alpha * (main & (u < 0.14)).astype(np.float32))
            kit.lay(colour, kit.rgb("8f2f3f"), alpha * hull.astype(np.float32))
    # Near bank with a path of light between blue shadows, and flowers.
    bank = 0.80 - 0.16 * kit.step(0.45, 1.0, x) + 0.05 * np.sin(5 * x + 0.5) + 0.012 * np.sin(21 * x)
    depth = y - bank
    sun = np.sin(depth * 26 - 5 * x + 7 * warp) + 3 * fine
    grass = kit.ramp(np.clip(0.5 + 0.36 * sun, 0, 1), kit.palette("1d3f7a 23695a 3f9a4a 9fc23f f2dd55"))
    kit.lay(colour, grass, kit.step(-0.003, 0.003, depth))
    kit.lay(colour, kit.rgb("f0506a"), kit.step(0.10, 0.2, fine) * kit.step(0.01, 0.03, depth) * 0.85)
    angle = np.where(depth > 0, -1.2 + 0.6 * np.sin(9 * x), angle)
    # Trees: rounded crowns, lit from the sun's side, on slim trunks.
    for tx, foot, lean in ((0.145, 0.90, 0.02), (0.90, 0.80, -0.025)):
        t = np.clip((foot - y) / 0.6, 0, 1)
        trunk = (np.abs(x - tx - lean * np.sin(t * 4)) < 0.017 * (1.2 - t)) & (y < foot) & (t < 0.75)
        kit.lay(
            colour,
            kit.ramp(np.clip((x - tx) * 22 + 0.5, 0, 1), kit.palette("3a1f5a 7a3f4a d98a4a")),
            trunk.astype(np.float32),
        )
    crowns = (
        (0.10, 0.28, 0.155),
        (0.24, 0.22, 0.115),
        (0.05, 0.42, 0.12),
        (0.20, 0.40, 0.115),
        (0.13, 0.11, 0.14),
        (0.29, 0.34, 0.075),
        (0.94, 0.20, 0.13),
        (0.86, 0.29, 0.085),
        (0.99, 0.36, 0.115),
        (0.90, 0.08, 0.105),
        (0.90, 0.41, 0.065),
    )
    for cx, cy, r in crowns:
        q = np.hypot(x - cx, y - cy) / r + 0.35 * fine + 0.3 * warp
        toward = ((x - cx) * np.sign(sx - cx) - 0.7 * (y - cy)) / r
        leaf = kit.ramp(
            np.clip(0.42 + 0.42 * toward + 0.6 * fine, 0, 1), kit.palette("1a1f5f 1f4f6f 1f7a4f 6fae3a e0d040 ffb04a")
        )
        inside = kit.step(1.02, 0.96, q)
        kit.lay(colour, leaf, inside)
        angle = np.where(inside > 0.5, np.arctan2(y - cy, x - cx) + np.pi / 2, angle)
    return np.clip(colour, 0, 1), angle


def _divide(rng: np.random.Generator, colours: Array) -> Array:
    """Colours split as Seurat did: mostly a purer neighbour of each one, now and then its complement."""
    n = len(colours)
    grey = colours.mean(1, keepdims=True)
    pure = grey + (colours - grey) * rng.uniform(1.05, 1.55, (n, 1))
    turned = np.where(rng.random((n, 1)) < 0.5, np.roll(pure, 1, 1), np.roll(pure, -1, 1))
    mixed = pure + (turned - pure) * rng.uniform(0, 0.20, (n, 1))
    complement = grey * 1.05 + (grey - colours) * 0.75
    out = np.where(rng.random((n, 1)) < 0.07, complement, mixed)
    return kit.vary(rng, out, 0.035, 0.08)


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    scene, angle = _scene(size, rng)
    canvas = Canvas(0.5 * scene + 0.5 * kit.rgb("e9dcc2"), rng)
    for count, width, length, body in (
        (2600, 0.024, 0.016, 0.5),
        (7000, 0.0140, 0.006, 1.0),
        (10500, 0.0105, 0.004, 1.3),
    ):
        x, y = kit.scatter(rng, count)
        canvas.strokes(x, y, angle, _divide(rng, kit.sample(scene, x, y)), width, length, body)
    return kit.saturate(canvas.lit(0.15, 0.08), 1.06)
