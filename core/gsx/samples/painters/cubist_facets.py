"""Cubism: a guitar, a bottle and fruit on a table, seen from many sides at once in shaded, brushed facets."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array


def _still_life(x: Array, y: Array) -> Array:
    """Flat colours of the motif at canvas units ``x, y`` (any shape), RGB in 0..1."""
    colour = kit.ramp(np.clip(0.9 * y + 0.25 * np.sin(x * 9), 0, 1), kit.palette("33506b 5f8090 b9a98a d8b878"))

    def put(mask: Array, code: str) -> None:
        colour[mask] = kit.rgb(code)

    put(np.mod(x * 5.5 + 0.4 * y, 1) < 0.28, "7a3b32")  # wallpaper
    put((np.mod(x * 5.5 + 0.4 * y, 1) < 0.10) & (np.mod(y * 9, 1) < 0.5), "e0b04f")
    table = y > 0.63 + 0.10 * (x - 0.5)
    put(table, "b5652b")
    put(table & (np.mod(y * 8 - x * 1.5, 1) < 0.4), "8f4420")
    cloth = table & (np.abs(x - 0.32 - 0.5 * (y - 0.8)) < 0.20)
    put(cloth, "efe3c6")
    put(cloth & (np.mod((x - 0.5 * y) * 13, 1) < 0.33), "3f7f8f")
    # Bottle.
    half = 0.033 + 0.052 * kit.step(0.27, 0.36, y)
    bottle = (np.abs(x - 0.27) < half) & (y > 0.10) & (y < 0.74)
    put(bottle, "1f5a46")
    put(bottle & (x < 0.255), "49916a")
    put(bottle & (y > 0.46) & (y < 0.62), "f2dfae")
    put(bottle & (y > 0.50) & (y < 0.53), "a8321f")
    put(bottle & (y < 0.15), "c8402a")
    # Guitar, leaning to the right.
    u = (x - 0.60) * 0.90 + (y - 0.58) * 0.44
    v = -(x - 0.60) * 0.44 + (y - 0.58) * 0.90
    waist = 0.150 + 0.052 * np.cos((v + 0.02) * 17) + 0.20 * v
    body = (np.abs(u) < waist * np.sqrt(np.clip(1 - ((v - 0.03) / 0.29) ** 6, 0, 1))) & (np.abs(v - 0.03) < 0.29)
    put(body, "e3962f")
    put(body & (u > 0.03), "b8621d")
    put(body & (np.abs(np.abs(u) - waist + 0.018) < 0.010), "5a2413")
    put(np.hypot(u, v + 0.01) < 0.072, "f3d488")
    put(np.hypot(u, v + 0.01) < 0.056, "1c1620")
    neck = (np.abs(u) < 0.028) & (v > -0.62) & (v < -0.05)
    put(neck, "4a2518")
    put(neck & (np.mod(v * 24, 1) < 0.14), "e8cf94")
    put((np.abs(u) < 0.048) & (v > -0.70) & (v < -0.60), "b23a22")
    put((np.abs(u) < 0.075) & (np.abs(v - 0.19) < 0.015), "2a1712")
    string = (np.mod((u + 0.0226) * 95, 1) < 0.16) & (np.abs(u) < 0.022) & (v > -0.62) & (v < 0.19)
    put(string, "f6ecd0")
    # Fruit and a sheet of music.
    for cx, cy, r, code, lit in (
        (0.20, 0.84, 0.075, "c23a22", "ee7a3a"),
        (0.34, 0.88, 0.066, "d9a52a", "f7dd6a"),
        (0.27, 0.77, 0.055, "6f8f2f", "b3c452"),
    ):
        d = np.hypot(x - cx, y - cy)
        put(d < r, code)
        put((d < r) & (x - cx + 0.6 * (y - cy) < -0.01), lit)
    sheet = (np.abs(x - 0.80 + 0.3 * (y - 0.85)) < 0.13) & (np.abs(y - 0.86 - 0.2 * (x - 0.8)) < 0.085)
    put(sheet, "f6edd6")
    put(sheet & (np.mod((y - 0.2 * x) * 42, 1) < 0.16), "2a2230")
    put(sheet & (np.hypot(np.mod(x * 17, 1) - 0.5, np.mod((y - 0.2 * x) * 21, 1) - 0.5) < 0.2), "1c1620")
    return colour


def paint(size: int, rng: np.random.Generator) -> Array:
    """The picture, ``(size, size, 3)`` in 0..1."""
    big = 2 * size
    x, y = kit.grid(big)
    # Facets: each cut splits one of the largest pieces by a line; most cuts keep to three leading directions.
    label = np.zeros((big, big), np.int32)
    leading = np.array([0.45, 1.50, 2.55])
    rows, cols = (i.ravel() for i in np.indices(label.shape))
    pieces: list[tuple[int, Array, Array]] = [(0, rows, cols)]
    done: list[tuple[int, Array, Array]] = []
    count = 1
    while pieces and count < 210:
        pieces.sort(key=lambda p: len(p[1]))
        piece, rows, cols = pieces.pop()
        at = int(rng.integers(len(rows)))
        cy = 0.7 * rows.mean() + 0.3 * rows[at]
        cx = 0.7 * cols.mean() + 0.3 * cols[at]
        a = float(rng.choice(leading) + rng.normal(0, 0.22))
        side = (rows - cy) * np.cos(a) - (cols - cx) * np.sin(a) > 0
        if min(side.sum(), (~side).sum()) < (0.022 * big) ** 2:
            done.append((piece, rows, cols))
            continue
        label[rows[side], cols[side]] = count
        pieces += [(count, rows[side], cols[side]), (piece, rows[~side], cols[~side])]
        count += 1
    # Every facet looks at the motif from a place of its own: shifted, turned, a little enlarged.
    facets = pieces + done
    shift = rng.normal(0, 0.026, (count, 2))
    spin = rng.normal(0, 0.16, count)
    zoom = rng.uniform(0.82, 1.12, count)
    shade = np.zeros((big, big), np.float32)
    px, py = np.empty_like(x), np.empty_like(x)
    for k, rows, cols in facets:
        fx, fy = x[rows, cols], y[rows, cols]
        mx, my = fx.mean(), fy.mean()
        c, s = np.cos(spin[k]) * zoom[k], np.sin(spin[k]) * zoom[k]
        px[rows, cols] = mx + shift[k, 0] + c * (fx - mx) - s * (fy - my)
        py[rows, cols] = my + shift[k, 1] + s * (fx - mx) + c * (fy - my)
        # Shading runs from one edge of the facet to the other: the mark of the style.
        a = rng.choice(leading) + np.pi * rng.integers(2)
        t = (fx - mx) * np.cos(a) + (fy - my) * np.sin(a)
        shade[rows, cols] = (t - t.min()) / (np.ptp(t) + 1e-6) - 0.5 + rng.normal(0, 0.16)
    wobble = 0.003 * (kit.noise(rng, big, 40, 2) - 0.5)
    colour = _still_life(px + wobble, py + wobble)
    # Some planes are painted over in ochre, grey-blue or cream, half transparent.
    veil = kit.palette("e8c98a 3f6278 c8783a f2e6c8 6a2f28 7f9a9a")[rng.integers(0, 6, count)]
    thick = np.where(rng.random(count) < 0.40, rng.uniform(0.25, 0.60, count), rng.uniform(0.0, 0.12, count)).astype(
        np.float32
    )
    colour += (veil[label] - colour) * thick[label][..., None]
    dark, light = kit.rgb("1f1a2c"), kit.rgb("fff3d6")
    kit.lay(colour, dark, np.clip(-0.95 * shade, 0, 0.78))
    kit.lay(colour, light, np.clip(0.75 * shade, 0, 0.58))

    # Brush: hatched dabs in one of four directions per facet.
    streaks = []
    for a in (0.45, 1.50, 2.55, 0.0):
        u, v = x * np.cos(a) + y * np.sin(a), -x * np.sin(a) + y * np.cos(a)
        field = kit.noise(rng, big, (110, 16), 3)
        streaks.append(kit.sample(field, np.mod(u * 0.7 + 2, 1), np.mod(v * 0.7 + 2, 1)))
    way = rng.integers(0, 4, count)
    streak = np.choose(way[label], streaks)
    bristle = kit.relief(kit.blur(streak, 0.8) * 9.0, 1.0)
    colour *= (1 + 0.42 * (streak - 0.5) + 0.17 * bristle)[..., None]
    colour += (0.05 * (kit.noise(rng, big, 30, 3) - 0.5))[..., None]

    # Lines: charcoal along most edges, broken, heavier on one side; light scratches along the others.
    far = ndimage.distance_transform_edt(~kit.borders(label)).astype(np.float32) / big
    press = kit.noise(rng, big, 13, 3)
    line = kit.step(0.0008, -0.0008, far - 0.0036 * kit.step(0.25, 0.65, press))
    kit.lay(colour, kit.rgb("17121c"), 0.90 * line)
    glow = np.exp(-far / 0.010) * (1 - line) * kit.step(0.05, 0.4, shade)
    kit.lay(colour, light, 0.30 * glow)
    return kit.saturate(kit.shrink(np.clip(colour, 0, 1), 2), 1.12)
