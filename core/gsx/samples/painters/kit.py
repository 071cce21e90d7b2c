"""The palette, noise and light that all painters share. Pictures are float32 arrays with values in 0..1."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

Array = np.ndarray


def rgb(code: str) -> Array:
    """``"#1a2b3c"`` (the # is optional) as three floats in 0..1."""
    code = code.lstrip("#")
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255


def palette(codes: str) -> Array:
    """Space-separated hex colours as an ``(n, 3)`` array in 0..1."""
    return np.stack([rgb(c) for c in codes.split()])


def grid(size: int) -> tuple[Array, Array]:
    """Pixel centres of a square canvas as ``(x, y)`` in 0..1, y growing downwards."""
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


def unit(values: Array) -> Array:
    """Clipped to 0..1."""
    clipped: Array = np.clip(values, 0, 1)
    return clipped


def step(low: float, high: float, value: Array) -> Array:
    """Smooth ramp: 0 below ``low``, 1 above ``high`` (reversed if ``low > high``)."""
    t = unit((value - low) / (high - low))
    out: Array = t * t * (3 - 2 * t)
    return out


def noise(rng: np.random.Generator, size: int, cells: float | tuple[float, float], octaves: int = 3) -> Array:
    """Fractal value noise in 0..1 (mean about 0.5), shape ``(size, size)``.

    Args:
        cells: lumps across the canvas in the coarsest octave; a pair is (along y, along x) and gives streaks.
        octaves: each further octave has twice the lumps and half the weight.
    """
    ny, nx = cells if isinstance(cells, tuple) else (cells, cells)
    total = np.zeros((size, size), np.float32)
    weight = 0.0
    for octave in range(octaves):
        gain = 0.5**octave
        cy, cx = max(2, round(ny * 2**octave) + 3), max(2, round(nx * 2**octave) + 3)
        lattice = rng.random((cy, cx), dtype=np.float32)
        # One lattice cell is trimmed on each side, where bicubic resampling has no neighbours.
        box = (1.0, 1.0, cx - 1.0, cy - 1.0) if min(cx, cy) > 4 else (0.0, 0.0, float(cx), float(cy))
        layer = Image.fromarray(lattice).resize((size, size), Image.Resampling.BICUBIC, box=box)
        total += gain * np.asarray(layer)
        weight += gain
    # Averaging octaves narrows the spread; stretch it back so that thresholds mean the same at any count.
    return unit(0.5 + (total / weight - 0.5) * 1.35)


def ramp(value: Array, colours: Array) -> Array:
    """Colours of a gradient with evenly spaced stops, for ``value`` in 0..1; adds a last axis of 3."""
    stops = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(value, stops, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def lay(canvas: Array, colour: Array, alpha: Array | float) -> None:
    """Put opaque ``colour`` (3 floats or a picture) on ``canvas`` in place, where ``alpha`` (0..1) says."""
    canvas += (colour - canvas) * (alpha[..., None] if isinstance(alpha, np.ndarray) else alpha)


def relief(height: Array, strength: float, azimuth: float = -2.2) -> Array:
    """Lambert shading of a height map lit from ``azimuth`` radians (default: upper left); about -1..1, flat is 0.

    ``height`` is in pixels, so that the slope, and with it the light, has no unit.
    """
    gy, gx = np.gradient(height)
    lit = -(gx * np.cos(azimuth) + gy * np.sin(azimuth)) * strength
    out: Array = np.tanh(lit).astype(np.float32)
    return out


def enlarge(picture: Array, factor: int) -> Array:
    """Repeat pixels ``factor`` times both ways."""
    return picture.repeat(factor, 0).repeat(factor, 1)


def shrink(picture: Array, factor: int) -> Array:
    """Box average of ``factor`` x ``factor`` pixels: the painters' antialiasing."""
    h, w = picture.shape[0] // factor, picture.shape[1] // factor
    blocks = picture[: h * factor, : w * factor].reshape(h, factor, w, factor, *picture.shape[2:])
    out: Array = blocks.mean((1, 3), dtype=np.float32)
    return out


def blur(picture: Array, sigma: float) -> Array:
    """Gaussian blur of the first two axes, ``sigma`` in pixels."""
    out: Array = ndimage.gaussian_filter(picture, (sigma, sigma, 0) if picture.ndim == 3 else sigma)
    return out


def vary(rng: np.random.Generator, colours: Array, hue: float, light: float) -> Array:
    """Colours ``(n, 3)`` jittered: ``hue`` per channel, ``light`` on all channels at once (standard deviations)."""
    n = len(colours)
    moved = colours + rng.normal(0, hue, (n, 3)) + rng.normal(0, light, (n, 1))
    return np.clip(moved, 0, 1).astype(np.float32)


def saturate(picture: Array, amount: float) -> Array:
    """Push colours away from their grey (``amount`` > 1) or towards it (< 1)."""
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
    return unit(grey[..., None] + (picture - grey[..., None]) * amount)


def sample(field: Array, x: Array | float, y: Array | float) -> Array:
    """Nearest-pixel look-up of a square ``field`` at canvas units ``x, y`` (clamped to the edge)."""
    size = field.shape[0]
    ix = np.clip((np.asarray(x) * size).astype(int), 0, size - 1)
    iy = np.clip((np.asarray(y) * size).astype(int), 0, size - 1)
    out: Array = field[iy, ix]
    return out


def scatter(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """About ``count`` points that cover the canvas evenly: a jittered lattice in random order, canvas units."""
    side = max(2, round(count**0.5))
    axis = (np.arange(-1, side + 1) + 0.5) / side
    x, y = (a.ravel() + rng.uniform(-0.6, 0.6, a.size) / side for a in np.meshgrid(axis, axis))
    order = rng.permutation(x.size)
    return x[order].astype(np.float32), y[order].astype(np.float32)


def slip(picture: Array, down: int, left: int) -> Array:
    """Shift by whole pixels (both 0 or more), repeating the edge: a printing plate that sits a little off."""
    h, w = picture.shape[:2]
    pads = [(down, 0), (0, left)] + [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, pads, mode="edge")[:h, left : left + w]


def rim(mask: Array, reach: int) -> tuple[tuple[slice, slice], Array]:
    """Distance in pixels to the outline of ``mask``, on both sides of it, right up to ``reach`` pixels.

    Returns:
        The window (rows, columns) that was worth looking at, empty for an empty mask, and the distances in it.
    """
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.float32)
    down, along = (slice(max(0, int(i[0]) - reach), int(i[-1]) + reach + 1) for i in (rows, cols))
    box = (down, along)
    part = mask[box]
    if part.all():  # no outline: every distance is out of reach
        return box, np.full(part.shape, 2.0 * reach, np.float32)
    near = ndimage.distance_transform_edt(part) + ndimage.distance_transform_edt(~part)
    return box, near.astype(np.float32)


def borders(label: Array) -> Array:
    """Where a map of labels changes to the next pixel, to the right or below: bool, same shape."""
    change = np.zeros(label.shape, bool)
    change[:, :-1] |= label[:, 1:] != label[:, :-1]
    change[:-1] |= label[1:] != label[:-1]
    return change
