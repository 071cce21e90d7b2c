"""Mosaic: two koi in a turning pool, in bevelled tesserae that are laid along the contours."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

WATER = kit.palette("062a4f 0a4a7a 0f7396 23a0a8 6fcab8 c4ead0")
BORDER = kit.palette("7a1f1f b5402a d98e2b f0c552")
GROUT = kit.rgb("2b2722")
TILES = 4000


def _fish(x: Array, y: Array, turn: float, flip: float) -> tuple[Array, Array, Array]:
    """A koi bent along a circle about the middle: (parts, along 0..1, across -1..1); parts 0 none, 1 body, 2 fin."""
    dx, dy = x - 0.5, y - 0.5
    r = np.hypot(dx, dy)
    a = np.mod(np.arctan2(dy, dx) * flip - turn, 2 * np.pi)
    along = a / 2.5
    swim = 0.025 * np.sin(along * 5.5)
    off = r - 0.235 - swim
    half = 0.082 * np.sqrt(np.clip(along / 0.16, 0, 1)) * (1 - 0.86 * kit.step(0.22, 0.80, along))
    across = off / np.maximum(half, 1e-3)
    parts = np.where((along < 0.80) & (np.abs(across) < 1), 1, 0)
    tail = (
        (along > 0.74)
        & (along < 1.0)
        & (np.abs(off) < 0.012 + 0.42 * (along - 0.74))
        & (np.abs(off) > 0.62 * (along - 0.875))
    )
    fins = np.zeros_like(tail)
    for side in (-1, 1):
        for where, reach, wide in ((0.20, 0.072, 0.17), (0.50, 0.050, 0.13)):
            u = (along - where - 0.9 * np.clip(side * off - 0.6 * half, 0, 1)) / wide
            fins |= (u > 0) & (u < 1) & (side * off > 0) & (side * off < half + reach * np.sqrt(np.clip(1 - u, 0, 1)))
    parts = np.where((parts == 0) & (tail | fins), 2, parts)
    return parts, along, across


def _scene(size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Colours of the cartoon, and the map of shapes that the tiles keep to."""
    x, y = kit.grid(size)
    dx, dy = x - 0.5, y - 0.5
    r, a = np.hypot(dx, dy), np.arctan2(dy, dx)
    swirl = 0.5 + 0.5 * np.sin(r * 52 - 2 * a + 2.5 * (kit.noise(rng, size, 4, 2) - 0.5))
    colour = kit.ramp(np.clip(0.10 + 0.62 * swirl + 0.35 * (0.35 - r), 0, 1), WATER)
    shape = (swirl > 0.5).astype(int)
    # Lily pads and flowers in the corners and in the middle.
    for px, py, pr, notch in (
        (0.19, 0.19, 0.105, 0.8),
        (0.82, 0.17, 0.085, 2.2),
        (0.82, 0.82, 0.110, 4.0),
        (0.17, 0.83, 0.090, 5.4),
    ):
        d, t = np.hypot(x - px, y - py), np.arctan2(y - py, x - px)
        pad = (d < pr) & (np.abs(np.mod(t - notch + np.pi, 2 * np.pi) - np.pi) > 0.22)
        colour[pad] = kit.ramp(0.5 + 0.5 * np.sin(t * 9 + d * 30), kit.palette("1d5a2c 3f8a35 86b83f c9d95a"))[pad]
        shape[pad] = 10
        flower = d < 0.048 * (0.62 + 0.38 * np.abs(np.cos(t * 3)))
        colour[flower] = kit.ramp(d / 0.048, kit.palette("ffd94a ffc1cf f27fa5 fbe3ea"))[flower]
        shape[flower] = 11
    core = r < 0.098 * (0.66 + 0.34 * np.abs(np.cos(a * 4)))
    colour[core] = kit.ramp(r / 0.098, kit.palette("fff2a0 ffb52e f0762a e84a6f fbd0da"))[core]
    shape[core] = 12 + (np.floor((a / np.pi + 1) * 4 + 0.5).astype(int) % 2)[core]
    for turn, hot, fins, spots in (
        (0.30, "ffffff fff1dc ff8a24 ee4a1a d8300f", "ffd9a0 ff9a3a", 0.3),
        (0.30 + np.pi, "fffbe8 ffe680 ffc02a ff9a12 f2700c", "fff3c0 ffc84a", 2.6),
    ):
        parts, along, across = _fish(x, y, turn, 1.0)
        # Deep water all round sets the fish off.
        halo = ndimage.distance_transform_edt(parts == 0) / size < 0.019
        colour[halo] = kit.rgb("052042")
        shape[halo] = 50
        patch = np.sin(along * 15 + spots + 0.9 * across)
        skin = kit.ramp(np.clip(0.62 + 0.75 * patch, 0, 1), kit.palette(hot))
        skin[np.abs(across) > 0.80] = kit.rgb("b8260f" if spots < 1 else "d0640a")
        fin = kit.ramp(0.5 + 0.5 * np.sin(across * 7), kit.palette(fins))
        for k, paintwork in ((1, skin), (2, fin)):
            colour[parts == k] = paintwork[parts == k]
            shape[parts == k] = 20 + k + int(spots * 10)
        for side in (-1, 1):
            eye = (np.abs(along - 0.085) < 0.018) & (np.abs(across - side * 0.55) < 0.16) & (parts == 1)
            colour[eye] = kit.rgb("14101c")
    rim = 0.5 - np.maximum(np.abs(dx), np.abs(dy))
    tooth = np.abs(np.mod((x + y) / 0.0715, 1) - 0.5) * 2
    frame = rim < 0.052
    colour[frame] = kit.ramp(np.where(rim < 0.017, 0.05, np.where(tooth > 0.5, 0.95, 0.4)), BORDER)[frame]
    shape[frame] = 40 + (rim < 0.017)[frame]
    return colour, shape


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = (3 * size + 3) // 4 * 2  # even, and at least one and a half times the size
    colour, shape = _scene(big, rng)
    x, y = kit.grid(big)
    far = ndimage.distance_transform_edt(~kit.borders(shape)).astype(np.float32)
    gy, gx = np.gradient(kit.blur(far, 0.006 * big))
    turn = np.arctan2(gy, gx)
    # Tiles: a Voronoi diagram in which distance is the longer side of a square turned along the contour,
    # relaxed so that each tile sits in its middle (Hausner, "Simulating decorative mosaics").
    px, py = kit.scatter(rng, TILES)
    points = np.stack([px, py], -1)
    pixels = np.stack([x.ravel(), y.ravel()], -1)
    wide = 1 / TILES**0.5
    rounds = 14
    for k in range(rounds):
        last = k == rounds - 1
        part = slice(None) if last else slice(k % 3, None, 3)  # a third of the pixels is enough to find middles
        where = pixels[part]
        _, near = cKDTree(points).query(where, k=6, workers=1)
        tilt = kit.sample(turn, points[:, 0], points[:, 1])
        offset = where[:, None, :] - points[near]
        c, s = np.cos(tilt)[near], np.sin(tilt)[near]
        reach = np.maximum(
            np.abs(offset[..., 0] * c + offset[..., 1] * s), np.abs(offset[..., 1] * c - offset[..., 0] * s)
        )
        order = np.argsort(reach, 1)[:, :2]
        owner = np.take_along_axis(near, order[:, :1], 1)[:, 0]
        if last:
            break
        # Pixels on a contour push tiles off it, so that contours fall into the joints.
        weight = np.where(far.ravel()[part] < 0.10 * wide * big, 0.0, 1.0)
        total = np.bincount(owner, weight, len(points))
        for axis in (0, 1):
            mean = np.bincount(owner, weight * where[:, axis], len(points)) / np.maximum(total, 1e-9)
            points[:, axis] = np.where(total > 0, mean, points[:, axis])
    near_two = np.take_along_axis(reach, order, 1)
    gap = (near_two[:, 1] - near_two[:, 0]).reshape(big, big).astype(np.float32)
    tile = owner.reshape(big, big)

    count = np.maximum(np.bincount(owner, minlength=len(points)), 1)
    own = np.stack([np.bincount(owner, colour[..., c].ravel(), len(points)) / count for c in range(3)], -1)
    middle = kit.sample(colour, points[:, 0], points[:, 1])
    own = kit.vary(rng, 0.25 * own + 0.75 * middle, 0.028, 0.055)
    # Each tile is set a little askew and catches its own light; its rim is bevelled and chipped.
    chip = kit.noise(rng, big, 130, 2)
    body = kit.step(0.10 * wide, 0.34 * wide, gap - 0.10 * wide * (chip - 0.3))
    askew = rng.normal(0, 0.07, (len(points), 2))
    slope = askew[tile, 0] * (x - points[tile, 0]) + askew[tile, 1] * (y - points[tile, 1])
    cloud = kit.noise(rng, big, 60, 3)
    light = 1 + 0.30 * kit.relief(kit.blur(body, 0.8) * 2.2, 1.0) + 22 * slope / wide * 0.05 + 0.20 * (cloud - 0.5)
    stone = own[tile] * light[..., None]
    glint = np.clip(kit.relief(kit.blur(body, 1.0) * 2.0, 1.0), 0, 1) ** 2
    stone += 0.22 * glint[..., None]
    floor = GROUT * (0.8 + 0.7 * kit.noise(rng, big, 140, 2))[..., None]
    picture = np.clip(floor + (stone - floor) * body[..., None], 0, 1)
    small = kit.blur(picture, 0.45)
    return kit.saturate(1.10 * _resize(small, size), 1.15)


def _resize(picture: Array, size: int) -> Array:
    """Area-average to ``size`` (the working size is half as large again)."""
    return kit.shrink(kit.enlarge(picture, 2), 3)[:size, :size]
