"""Watercolour: a poppy meadow below blue hills, in layered translucent washes on rough paper."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters.kit import Array
from gsx.samples.painters.washes import Wash


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    wash = Wash(size, rng)
    x = wash.x
    # Sky: wet in wet, warm at the horizon, with clouds left white.
    wash.band(np.full_like(x, -0.1), ("f9d9a8", "f6b9a0"), 0.55, 0.50)
    for _ in range(34):
        cx, cy = rng.uniform(-0.05, 1.05), rng.uniform(-0.02, 0.24)
        codes = (("5f9fd8", "3f7fc4"), ("7fb8e0", "8f8fd0"), ("4a86c8", "66b5cf"))[rng.integers(3)]
        wash.blob(
            cx,
            cy,
            rng.uniform(0.07, 0.17),
            rng.uniform(0.025, 0.06),
            rng.normal(0, 0.2),
            codes,
            rng.uniform(0.18, 0.42),
            0.8,
            0.8,
        )
    for base, amp, f, p, codes, s in (
        (0.33, 0.045, 7, 0.4, ("7f9fd0", "a08fc8"), 0.85),
        (0.385, 0.04, 9, 2.6, ("4f7fb8", "6a6fb5"), 0.85),
        (0.435, 0.03, 8, 4.2, ("2f6f8f", "3f8f80"), 0.85),
    ):
        top = base + amp * np.sin(x * f + p) + 0.35 * amp * np.sin(x * f * 2.7 + p)
        wash.band(top, codes, s, 0.60, 0.55)
    wash.band(0.475 + 0.012 * np.sin(x * 12), ("b9d36a", "7fbf6a"), 0.9, 1.1, 0.9)
    # Trees along the far edge of the meadow.
    for _ in range(80):
        cx = rng.uniform(0, 1)
        r = rng.uniform(0.010, 0.036) * (1.2 if 0.1 < cx < 0.4 or cx > 0.75 else 0.75)
        codes = (("2f6f3a", "1f5a4a"), ("5f8f2f", "2f7f4f"), ("245a55", "3a4f7a"))[rng.integers(3)]
        wash.blob(cx, 0.475 - 0.6 * r, r, r * rng.uniform(0.9, 1.7), 0, codes, rng.uniform(0.4, 0.7), 1.1, 1.3, 0.45)
    # Meadow: strokes of many greens that grow towards the viewer.
    for _ in range(420):
        depth = rng.random() ** 0.75
        cx, cy = rng.uniform(-0.05, 1.05), 0.50 + 0.54 * depth
        codes = (("8fbf3f", "4f9f4f"), ("3f8f5f", "1f6f5f"), ("d3c94a", "9fbf4a"), ("2f6f7f", "3f8f4f"))[
            rng.integers(4)
        ]
        tall = 0.012 + 0.07 * depth
        wash.blob(
            cx,
            cy,
            tall,
            tall * rng.uniform(0.16, 0.4),
            np.pi / 2 + rng.normal(0, 0.35),
            codes,
            rng.uniform(0.2, 0.55),
            0.5,
            1.0,
        )
    # Poppies, far ones first: petals, then the dark heart.
    flowers: list[tuple[float, float, float]] = []
    for _ in range(900):
        cy, cx = 0.515 + 0.47 * rng.random() ** 1.1, rng.uniform(-0.02, 1.02)
        r = 0.010 + 0.150 * (cy - 0.50) ** 1.15 * rng.uniform(0.75, 1.2)
        if all(np.hypot(cx - fx, 1.2 * (cy - fy)) > 1.12 * (r + fr) for fy, fx, fr in flowers):
            flowers.append((cy, cx, r))
    for cy, cx, r in sorted(flowers[:60]):
        stem = np.pi / 2 + rng.normal(0, 0.12)
        wash.blob(
            cx - 1.4 * r * np.cos(stem) * 0.4,
            cy + 1.7 * r,
            1.5 * r,
            0.07 * r + 0.0014,
            stem,
            ("2f6f2f", "1f5f4f"),
            0.9,
            0.1,
            0.6,
        )
        for k in range(4 if r > 0.02 else 2):
            a = k * 1.7 + rng.uniform(0, 1)
            codes = (("f04a2a", "e02040"), ("ff7a2a", "ee3a3a"), ("e02a55", "f0502a"))[rng.integers(3)]
            wash.blob(
                cx + 0.42 * r * np.cos(a),
                cy + 0.30 * r * np.sin(a),
                r * 0.80,
                r * 0.62,
                a,
                codes,
                rng.uniform(0.55, 0.9),
                0.45,
                1.3,
                0.75 if k < 2 else 0.12,
            )
        if r > 0.018:
            wash.blob(cx, cy + 0.05 * r, 0.20 * r, 0.17 * r, 0, ("2a1a3a", "3a1a2a"), 1.1, 0.7, 0.8)
    # Blue cornflowers between them, and spatter from a loaded brush.
    for _ in range(46):
        cx, cy = rng.uniform(0, 1), 0.56 + 0.43 * rng.random()
        r = 0.004 + 0.028 * (cy - 0.5)
        if any(np.hypot(cx - fx, cy - fy) < 0.9 * fr for fy, fx, fr in flowers[:60]):
            continue
        for a in np.arange(7) * 0.9 + rng.uniform(0, 1):
            px, py = cx + r * np.cos(a), cy + 0.8 * r * np.sin(a)
            wash.blob(px, py, 0.75 * r, 0.30 * r, a, ("3a5fe0", "6a4fd0"), 0.8, 0.5, 1.0, 0.6)
    for _ in range(170):
        r = 0.0012 + 0.0035 * rng.random() ** 3
        codes = (("e8402a", "e02040"), ("3f6fc0", "4a5fd0"), ("f0b030", "f0902a"), ("3f8f4f", "2f7f5f"))[
            rng.integers(4)
        ]
        wash.blob(rng.uniform(0, 1), rng.uniform(0, 1), r, r, 0, codes, 0.7, 0.3, 1.0)
    return wash.sheet()
