"""Oil paint in thousands of impasto strokes that swirl along a flow field: an evening sun over wheat and cypresses."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.brush import Canvas
from gsx.samples.painters.kit import Array

SUN = (0.67, 0.30)
# Eddies of the sky: x, y, radius (canvas units), sense of rotation.
EDDIES = (
    (0.24, 0.20, 0.17, 1),
    (0.67, 0.30, 0.20, -1),
    (0.45, 0.42, 0.13, -1),
    (0.93, 0.12, 0.13, 1),
    (0.05, 0.45, 0.12, -1),
)


def _scene(size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The underpainting (RGB, 0..1) and the direction of the brush at every pixel (radians)."""
    x, y = kit.grid(size)
    warp = kit.noise(rng, size, 4, 3) - 0.5
    # Sky: a current to the right that is caught in eddies.
    u, v = np.ones_like(x), 0.5 * np.cos(7 * x + 2) + warp
    ring = np.zeros_like(x)
    for ex, ey, r, sense in EDDIES:
        dx, dy = x - ex, y - ey
        d = np.hypot(dx, dy) + 1e-4
        pull = 7 * np.exp(-((d / r) ** 2))
        u, v = u - sense * pull * dy / d, v + sense * pull * dx / d
        ring += np.exp(-((d / r) ** 2)) * np.sin(d * 95 + 3 * warp)
    angle = np.arctan2(v, u)
    tone = np.clip(0.50 + 0.36 * ring + 0.9 * warp + 0.35 * (y - 0.3), 0, 1)
    sky = kit.palette("0b1c4d 12348a 1d5fb8 2f95c8 74c6cf cfe7c4")
    colour = kit.ramp(tone, sky)
    d = np.hypot(x - SUN[0], y - SUN[1])
    rings = 0.5 + 0.5 * np.sin(d * 150)
    glow = kit.ramp(
        np.clip(d / 0.20 + 0.16 * (rings - 0.5), 0, 1), kit.palette("fff6c9 ffd23f fbb13c f58a2c f4c95d 8cc9b8")
    )
    kit.lay(colour, glow, kit.step(0.215, 0.15, d + 0.03 * warp))
    for sx, sy, r in (
        (0.24, 0.20, 0.036),
        (0.93, 0.12, 0.028),
        (0.45, 0.42, 0.022),
        (0.47, 0.10, 0.02),
        (0.05, 0.45, 0.022),
    ):
        q = np.hypot(x - sx, y - sy) / r
        kit.lay(colour, kit.ramp(np.clip(q / 1.7, 0, 1), kit.palette("fffbe0 ffe27a f3b23b")), kit.step(1.9, 1.1, q))

    # Hills: three ranges of deep blue and green, each brushed along its own slope.
    ranges = (
        (0.585 + 0.045 * np.sin(6 * x + 0.6) + 0.02 * np.sin(15 * x), "123a6b 1f6a8f 4aa3a2", 0.0),
        (0.665 + 0.05 * np.sin(5 * x + 3.4), "0f2f4f 17615f 3f8f5b 8bb84e", 1.0),
    )
    for top, codes, shift in ranges:
        depth = y - top
        slope = np.gradient(top, axis=1) * size
        wave = 0.5 + 0.5 * np.sin(depth * 90 + 6 * warp + shift + 8 * x)
        inside = kit.step(-0.004, 0.004, depth)
        kit.lay(colour, kit.ramp(np.clip(wave * 0.8 + 0.15, 0, 1), kit.palette(codes)), inside)
        angle = np.where(depth > 0, np.arctan(slope + 5 * depth * np.cos(9 * x + shift)), angle)
    # Wheat: furrows that run to a vanishing point near the sun.
    top = 0.745 + 0.035 * np.sin(4.2 * x + 1.0)
    depth = y - top
    toward = np.arctan2(y - 0.60, (x - 0.60) * 1.0)
    furrow = 0.5 + 0.5 * np.sin(toward * 34 + 5 * warp)
    wheat = kit.ramp(np.clip(0.15 + 0.7 * furrow + 0.5 * warp, 0, 1), kit.palette("7a3b12 c56a1a e99a22 f7c43c ffe98a"))
    kit.lay(colour, wheat, kit.step(-0.004, 0.004, depth))
    angle = np.where(depth > 0, toward + 0.5 * warp * np.pi, angle)
    # Cypresses: dark flames.
    for cx, foot, head, w in ((0.155, 1.02, 0.10, 0.085), (0.275, 0.98, 0.42, 0.052), (0.905, 0.90, 0.56, 0.055)):
        t = np.clip((foot - y) / (foot - head), 0, 1)
        bend = cx + 0.022 * np.sin(t * 9 + cx * 20)
        half = w * np.clip(t * 5, 0, 1) ** 0.5 * (1 - t) ** 0.75 * (1 + 0.22 * np.sin(t * 38))
        s = (x - bend) / np.maximum(half, 1e-4)
        inside = (np.abs(s) < 1) & (t > 0) & (t < 1)
        flame = np.clip(0.40 + 0.45 * np.sin(s * 5 + t * 14) - 0.12 * s, 0, 1)
        kit.lay(colour, kit.ramp(flame, kit.palette("07130f 0f2a20 1c4a2c 4b6b2a a8812f")), inside.astype(np.float32))
        angle = np.where(inside, -np.pi / 2 + 0.30 * np.sin(s * 1.4 + t * 12), angle)
    return colour, angle


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    scene, angle = _scene(size, rng)
    canvas = Canvas(np.broadcast_to(kit.rgb("6b4a2b"), (size, size, 3)), rng)
    layers = (  # strokes, width, length (canvas units), colour jitter, body
        (900, 0.040, 0.13, 0.035, 0.6),
        (2600, 0.021, 0.085, 0.045, 0.9),
        (5200, 0.0125, 0.055, 0.05, 1.0),
    )
    for count, width, length, jitter, body in layers:
        x, y = kit.scatter(rng, count)
        colours = kit.vary(rng, kit.sample(scene, x, y), jitter, jitter * 1.4)
        canvas.strokes(x, y, angle, colours, width, length, body)
    return kit.saturate(canvas.lit(), 1.12)
