"""Woodcut: waves below a red sun, carved lines of tapering width, a few graded inks under an indigo key block."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

PAPER, INDIGO, TEAL, RED, OCHRE = (kit.rgb(c) for c in ("f6e9cd", "15204a", "2b8c94", "d8402a", "f0b04a"))


def _crest(x: Array, base: float, height: float, length: float, phase: float) -> Array:
    """Height of a trochoid wave: sharp crests and round troughs, canvas units, downwards."""
    t = x / length + phase
    for _ in range(4):
        lean = t + 0.105 * np.sin(2 * np.pi * t) + 0.03 * np.sin(4 * np.pi * t)
        t = x / length + phase + (t - lean) * 0.9
    return base - height * (1 - 2 * np.abs(np.mod(t, 1) - 0.5)) ** 1.7 * 1.0 + 0.3 * height


def _carve(phase: Array, width: Array, soft: Array | float) -> Array:
    """Coverage 0..1 of lines at whole numbers of ``phase``.

    ``width`` is the inked share of the spacing (0..1), ``soft`` the extent of one pixel in units of ``phase``.
    """
    off = np.abs(phase - np.round(phase))
    return kit.unit(0.5 - (off - width / 2) / soft)


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    x, y = kit.grid(big)
    tremor = kit.noise(rng, big, 24, 3) - 0.5
    slow = kit.noise(rng, big, 5, 3)
    taper = kit.noise(rng, big, (34, 8), 2)  # long along a line, so that cuts start and end
    x, y = x + 0.003 * tremor, y + 0.003 * (kit.noise(rng, big, 20, 3) - 0.5)
    key = np.zeros((big, big), np.float32)
    colour = np.broadcast_to(PAPER, (big, big, 3)).astype(np.float32).copy()

    # Sky: rays carved outwards from the sun, with clouds cut as nested bands.
    cx, cy = 0.66, 0.235
    d, a = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    kit.lay(colour, kit.ramp(np.clip(d / 0.7, 0, 1), kit.palette("f9cf74 f3a65a ea8a55 e9b48a")), 1.0)
    rays = a / (2 * np.pi) * 88 + 0.6 * tremor
    soft = np.clip(88 / (2 * np.pi * np.maximum(d, 0.02)) / big * 1.2, 0.02, 0.5)
    swell = 0.18 + 0.42 * kit.step(0.14, 0.75, d) + 0.45 * (taper - 0.5)
    key = np.maximum(key, _carve(rays, np.clip(swell, 0, 0.5), soft) * (d > 0.175))
    sun = kit.step(0.001, -0.001, d - 0.150)
    kit.lay(colour, RED, sun)
    key *= 1 - sun
    key = np.maximum(key, kit.step(0.0012, -0.0012, np.abs(d - 0.152) - 0.004))
    stripe = _carve(
        y * 62 + 1.2 * np.sin(x * 16), np.clip(1.5 * (y - 0.17), 0, 0.6) * (0.6 + 0.8 * taper), 62 * 1.2 / big
    )
    kit.lay(colour, OCHRE, sun * stripe)
    for bx, by, w, h in (
        (0.20, 0.13, 0.27, 0.075),
        (0.98, 0.09, 0.24, 0.055),
        (0.42, 0.315, 0.20, 0.045),
        (0.97, 0.34, 0.18, 0.045),
    ):
        puff = np.hypot((x - bx) / w, (y - by) / h) - 0.20 * np.abs(np.sin((x - bx) * 26)) * kit.step(
            0.5, -0.3, (y - by) / h
        )
        gy, gx = np.gradient(puff)
        soft = np.maximum(1.2 * np.hypot(gx, gy), 1e-4)  # one pixel, in the units of puff
        inside = np.clip((0.92 - puff) / soft + 0.5, 0, 1)
        kit.lay(colour, PAPER, inside)
        key *= 1 - inside
        rings = _carve(
            puff * 6.2 + 0.3 * tremor,
            np.clip(0.16 + 0.75 * (y - by) / h * 0.5 + 0.3 * (taper - 0.5), 0.05, 0.55),
            6.2 * soft,
        )
        key = np.maximum(key, inside * rings)
        key = np.maximum(key, np.clip((0.045 - np.abs(puff - 0.92)) / soft + 0.5, 0, 1))

    # Sea: waves from the horizon to the viewer, each with lines parallel to its crest and a foam of claws.
    rows = (
        (0.44, 0.030, 0.17, 0.1),
        (0.485, 0.050, 0.26, 0.55),
        (0.55, 0.085, 0.40, 0.30),
        (0.645, 0.105, 0.50, 0.82),
        (0.775, 0.125, 0.62, 0.42),
        (0.92, 0.11, 0.52, 0.05),
    )
    for n, (base, height, length, phase) in enumerate(rows):
        # The crest topples to the right: the higher a point, the further it is carried along.
        up = np.clip((base + 0.3 * height - y) / height, 0, 1.25)
        ahead = x - 1.15 * height * up**2.2
        top = _crest(ahead, base, height, length, phase)
        depth = y - top
        slope = np.gradient(_crest(x, base, height, length, phase), axis=1) * big
        slope = kit.sample(kit.blur(slope, 0.022 * big), ahead, y)  # blurred: the crest has none, and shows no seam
        inside = kit.step(-0.001, 0.001, depth)
        near = 0.45 + 0.115 * n
        share = np.clip(depth / (height * 1.5), 0, 1)
        kit.lay(
            colour,
            kit.ramp(
                np.clip(share + 0.25 * (slow - 0.5), 0, 1),
                np.stack([PAPER, TEAL * 0.6 + PAPER * 0.4, TEAL, TEAL * 0.75]),
            ),
            inside,
        )
        key *= 1 - inside
        # The steep lee side is in shadow: the knife left more of the block standing there.
        pitch = 0.0165 * near
        across = depth / np.sqrt(1 + 0.7 * slope**2)
        lines = across / pitch + 1.4 * np.sin(x * 18 + n) * share + 0.5 * tremor
        gy, gx = np.gradient(lines)
        soft = np.clip(np.hypot(gx, gy) * 0.6, 0.03, 0.5)
        width = 0.20 + 0.50 * kit.step(0.3, -1.4, -slope) + 0.38 * (share - 0.35) + 0.75 * (taper - 0.5)
        key = np.maximum(key, inside * _carve(lines, np.clip(width, 0, 0.86), soft) * (depth > 0.006))
        # Foam: scalloped lace below the crest, outlined, with droplets.
        lace = (
            0.26
            * height
            * (0.35 + np.abs(np.sin(x * 64 / (near * 1.5) + 3 * tremor + n)) * (0.7 + 0.6 * np.sin(x * 21 + n)))
        )
        foam = inside * kit.step(0.001, -0.001, depth - lace)
        kit.lay(colour, PAPER, foam)
        key *= 1 - foam
        edge = np.minimum(np.abs(depth - lace), np.abs(depth)) / np.sqrt(1 + 0.25 * slope**2)
        key = np.maximum(key, kit.step(0.001, -0.001, edge - 0.0034 * near - 0.0010) * (depth > -0.004))
    drops = kit.scatter(rng, 900)
    for px, py in zip(*drops, strict=True):
        n = int(rng.integers(2, 6))
        base, height, length, phase = rows[n]
        gap = float(_crest(np.array([px]), base, height, length, phase)[0]) - py
        if 0.004 < gap < 0.035 and rng.random() < 0.5:
            r = rng.uniform(0.002, 0.0055)
            i, j, w = int(py * big), int(px * big), int(r * big) + 3
            box = (slice(max(0, i - w), i + w), slice(max(0, j - w), j + w))
            q = np.hypot(x[box] - px, y[box] - py)
            kit.lay(colour[box], PAPER, kit.step(0.001, -0.001, q - r))
            key[box] *= 1 - kit.step(0.001, -0.001, q - r)
            key[box] = np.maximum(key[box], kit.step(0.001, -0.001, np.abs(q - r) - 0.0011))

    # Printing: the grain of the block shows in the ink, and the inks sit a little apart.
    grain = kit.noise(rng, big, (150, 6), 3)
    shift = max(1, round(0.002 * big))
    colour = kit.slip(colour, shift, shift)
    colour *= (1 + 0.16 * (grain - 0.5))[..., None]
    cover = key * np.clip(1.04 - 0.16 * kit.step(0.55, 0.85, grain) - 0.2 * kit.noise(rng, big, 120, 1), 0, 1)
    kit.lay(colour, INDIGO, cover)
    return kit.unit(kit.shrink(colour, 2))
