"""Stained glass: a great flower before a fan of rays, cut into cells of jewel colours between lead lines."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

CENTRE = (0.5, 0.42)
CRIMSON = kit.palette("8f0d25 c2152f e0342f f2603a")
PINK = kit.palette("b3195f d93b7d ee6d9b f6a0b4")
AMBER = kit.palette("f6a21a fbc02d ffdd57 fff0a0")
NIGHT = kit.palette("0d1f6b 16379c 2456c4 3a86dd 5fb2e8")
VIOLET = kit.palette("3a1470 5b1f94 8136b3 a65fcb")
LEAF = kit.palette("0c5a33 128243 35a853 7cc74a b7dd55")
TEAL = kit.palette("066a73 0b8f93 24b3a8 6bd0b8")


def _regions(size: int) -> tuple[Array, list[Array]]:
    """The design: an integer map of shapes, and the colours that the glass of each shape is cut from."""
    x, y = kit.grid(size)
    dx, dy = x - CENTRE[0], y - CENTRE[1]
    r, a = np.hypot(dx, dy), np.arctan2(dy, dx)
    design = np.zeros((size, size), np.int32)
    glass: list[Array] = []

    def put(mask: Array, colours: Array) -> None:
        glass.append(colours)
        design[mask] = len(glass) - 1

    put(r >= 0, NIGHT)
    rays = 20
    fan = np.floor((a / (2 * np.pi) + 0.5 + 0.012 * np.sin(r * 18)) * rays).astype(int) % rays
    for k in range(rays):
        put(fan == k, (NIGHT, VIOLET, NIGHT, TEAL)[k % 4])
    put(np.abs(r - 0.405) < 0.028, AMBER)
    # Hills at the foot, and a stem with two leaves.
    for base, swing, phase, colours in ((0.80, 0.035, 0.3, TEAL), (0.87, 0.03, 2.2, LEAF), (0.935, 0.02, 4.4, TEAL)):
        put(y > base + swing * np.sin(8 * x + phase), colours)
    put((np.abs(x - 0.5 - 0.02 * np.sin(y * 14)) < 0.016) & (y > 0.42), LEAF)
    for sign in (-1, 1):
        along, up = (x - 0.5) * sign, 0.90 - y
        along, up = along * 0.80 + up * 0.60, up * 0.80 - along * 0.60
        put((np.abs(up) < 0.062 * np.sin(np.clip(along / 0.31, 0, 1) * np.pi)), LEAF)
        put((up > 0) & (up < 0.062 * np.sin(np.clip(along / 0.31, 0, 1) * np.pi)), LEAF[::-1])
    # Two rings of petals; the outer ones first, so that the inner ones overlap them.
    for count, reach, wide, turn, colours in ((9, 0.35, 0.115, 0.1, CRIMSON), (9, 0.235, 0.085, 0.45, PINK)):
        for k in range(count):
            t = turn + 2 * np.pi * k / count
            u, v = dx * np.cos(t) + dy * np.sin(t), -dx * np.sin(t) + dy * np.cos(t)
            s = np.clip(u / reach, 0, 1)
            half = wide * np.sin(np.pi * s**0.75) ** 0.8
            put((np.abs(v) < half) & (u > 0), colours)
            put((v > 0) & (v < half) & (u > 0), colours[::-1])
    put(r < 0.088, AMBER)
    put(r < 0.042, CRIMSON)
    # Border of squares.
    rim = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5))
    for k, colours in enumerate((CRIMSON, AMBER, NIGHT)):
        block = (np.floor(x / 0.0625) + np.floor(y / 0.0625)).astype(int) % 3 == k
        put((rim > 0.4375) & block, colours)
    return design, glass


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    design, glass = _regions(big)
    # Cells: a Voronoi diagram, wavy, under the design; a pane is where one cell meets one shape.
    sx, sy = kit.scatter(rng, 330)
    x, y = kit.grid(big)
    wave = [0.016 * (kit.noise(rng, big, 9, 2) - 0.5) for _ in range(2)]
    _, cell = cKDTree(np.stack([sx, sy], -1)).query(np.stack([x + wave[0], y + wave[1]], -1), workers=1)
    label = design * len(sx) + cell.astype(np.int32)
    names, label = np.unique(label, return_inverse=True)
    label = label.reshape(big, big)
    shape_of = names // len(sx)
    # Slivers would be all lead: they join the pane that is nearest.
    area = np.bincount(label.ravel(), minlength=len(names))
    small = area[label] < (0.016 * big) ** 2
    fill = ndimage.distance_transform_edt(small, return_distances=False, return_indices=True)
    label = label[fill[0], fill[1]]

    pick = rng.random(len(names))
    colours = np.stack([kit.ramp(np.array(p), glass[s]) for s, p in zip(shape_of, pick, strict=True)])
    colours = kit.vary(rng, colours, 0.025, 0.03)
    edge, outline = kit.borders(label), kit.borders(shape_of[label])
    far = ndimage.distance_transform_edt(~edge).astype(np.float32) / big
    thick = ndimage.distance_transform_edt(~outline).astype(np.float32) / big

    # Light through the glass: brighter inside a pane, streaked and seeded, stronger near the flower's heart.
    streak_a, streak_b = kit.noise(rng, big, (7, 60), 4), kit.noise(rng, big, (60, 7), 4)
    streak = np.where((label * 7919) % 2 == 0, streak_a, streak_b)
    ripple = kit.noise(rng, big, 38, 3)
    r = np.hypot(x - CENTRE[0], y - CENTRE[1])
    glow = 0.72 + 0.42 * kit.step(0.0, 0.030, far) + 0.30 * np.exp(-((r / 0.33) ** 2))
    light = glow + 0.55 * (streak - 0.5) + 0.35 * kit.relief(ripple * big * 0.02, 1.2)
    picture = colours[label] * light[..., None]
    seeds = kit.step(0.80, 0.90, kit.noise(rng, big, 120, 1))
    picture += (0.22 * seeds * kit.step(0.004, 0.010, far))[..., None]
    # Bright light bleeds across: the halo that glass has on a sunny day.
    picture = np.clip(picture, 0, 1.4)
    picture += 0.30 * np.clip(kit.blur(picture, 0.012 * big) - 0.35, 0, 1)

    # Lead: round profile, lit from the upper left, with a dull grain; thicker along the drawing.
    half = 0.0030
    profile = np.maximum(1 - (far / half) ** 2, 1 - (thick / (half * 1.55)) ** 2)
    lead = np.sqrt(np.clip(profile, 0, 1))
    shine = kit.relief(lead * half * big * 1.6, 0.8)
    metal = 0.085 + 0.14 * np.clip(shine, 0, 1) + 0.05 * (kit.noise(rng, big, 150, 2) - 0.5)
    kit.lay(picture, metal[..., None] * kit.rgb("e8ecff"), kit.step(0.0, 0.25, lead))
    return kit.unit(kit.shrink(picture, 2))
