"""A bristle brush: curved, textured strokes that follow a field of directions and build up paint relief."""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array


def bristles(rng: np.random.Generator, across: int = 64, along: int = 256) -> Array:
    """Texture of a loaded brush, 0..1, shape ``(across, along)``: long streaks that wander a little."""
    square = kit.noise(rng, max(across, along), (along / 5, 3), 3)
    return square[:across, :along]


class Canvas:
    """Wet paint: ``colour`` (size, size, 3) in 0..1 and ``height`` (size, size) in pixels of paint."""

    def __init__(self, ground: Array, rng: np.random.Generator) -> None:
        self.colour = ground.astype(np.float32).copy()
        self.size = ground.shape[0]
        self.height = np.zeros(ground.shape[:2], np.float32)
        self.rng = rng
        self.tex = bristles(rng)

    def strokes(
        self, x: Array, y: Array, angle: Array, colours: Array, width: float, length: float, body: float = 1.0
    ) -> None:
        """Paint one stroke through each point, in order.

        Args:
            x, y: stroke centres, canvas units.
            angle: field of directions in radians, ``(size, size)``; strokes bend along it.
            colours: ``(n, 3)``, 0..1.
            width, length: mean width and length of a stroke in canvas units; each one varies by a third or so.
            body: thickness of the paint; 0 is a thin wash, 1 heavy impasto.
        """
        n = len(x)
        reach = length * self.rng.uniform(0.6, 1.35, n)
        radius = np.maximum(0.9, 0.5 * width * self.size * self.rng.uniform(0.7, 1.3, n))
        paths = _trace(x, y, angle, reach) * self.size
        second = kit.vary(self.rng, colours, 0.05, 0.07)
        offsets = self.rng.integers(0, self.tex.shape[1] // 2, n)
        for i in range(n):
            self._stroke(paths[i], float(radius[i]), colours[i], second[i], int(offsets[i]), body)

    def _stroke(self, path: Array, radius: float, first: Array, second: Array, offset: int, body: float) -> None:
        low = np.maximum(np.floor(path.min(0) - radius - 1), 0).astype(int)
        high = np.minimum(np.ceil(path.max(0) + radius + 2), self.size).astype(int)
        if (high - low).min() < 1:
            return
        px = np.arange(low[0], high[0], dtype=np.float32)[None, :] + 0.5
        py = np.arange(low[1], high[1], dtype=np.float32)[:, None] + 0.5
        best = np.full((high[1] - low[1], high[0] - low[0]), 1e9, np.float32)
        side, run = np.zeros_like(best), np.zeros_like(best)
        segments = len(path) - 1
        for k in range(segments):
            (ax, ay), (dx, dy) = path[k], path[k + 1] - path[k]
            norm = float(dx * dx + dy * dy) + 1e-9
            t = np.clip(((px - ax) * dx + (py - ay) * dy) / norm, 0, 1)
            ex, ey = px - ax - t * dx, py - ay - t * dy
            dist = ex * ex + ey * ey
            near = dist < best
            best = np.where(near, dist, best)
            side = np.where(near, (ey * dx - ex * dy) / norm**0.5, side)
            run = np.where(near, (k + t) / segments, run)
        s = np.clip(side / radius, -1, 1)
        row = ((s * 0.5 + 0.5) * (self.tex.shape[0] - 1)).astype(int)
        col = (offset + run * (self.tex.shape[1] // 2 - 1)).astype(int)
        streak = self.tex[row, col]
        # Bristles at the rim touch less, and the brush runs dry towards the end of the stroke.
        edge = radius - np.sqrt(best) + 0.5 - (0.35 * radius) * (1 - streak) * (0.4 + 0.6 * run)
        alpha = np.clip(edge, 0, 1) * np.clip(1.6 - 1.2 * run * (1.25 - streak), 0.0, 1)
        paint = first + (second - first) * streak[..., None] + ((streak - 0.5) * 0.16)[..., None]
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        self.colour[window] += (paint - self.colour[window]) * alpha[..., None]
        # Paint is pushed to the rim and to the far end, where it leaves the ridge that catches the light.
        ridge = 0.45 + 0.9 * streak + 0.5 * s * s + 0.35 * run
        self.height[window] += (body * ridge * (0.6 + 0.22 * radius) - self.height[window]) * alpha

    def lit(self, light: float = 0.16, gloss: float = 0.22) -> Array:
        """The picture under raking light from the upper left, 0..1."""
        shade = kit.relief(kit.blur(self.height, 0.6), 0.9)
        bright = np.clip(shade, 0, 1) ** 2.5
        out = self.colour * (1 + light * 1.8 * shade[..., None]) + gloss * bright[..., None]
        return kit.unit(out)


def _trace(x: Array, y: Array, angle: Array, reach: Array, steps: int = 6) -> Array:
    """Paths ``(n, steps + 1, 2)`` in canvas units through ``x, y``, of length ``reach``, along the field."""
    hop = reach / steps
    half = steps // 2
    path = np.empty((len(x), steps + 1, 2), np.float32)
    path[:, half] = np.stack([x, y], -1)
    for sign in (1, -1):
        cx, cy = np.array(x, np.float32), np.array(y, np.float32)
        for k in range(1, half + 1):
            a = kit.sample(angle, cx, cy)
            cx, cy = cx + sign * hop * np.cos(a), cy + sign * hop * np.sin(a)
            path[:, half + sign * k] = np.stack([cx, cy], -1)
    return path
