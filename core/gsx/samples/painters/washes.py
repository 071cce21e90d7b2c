"""Washes of watercolour: translucent layers with dark drying edges, blooms and granulation on rough paper.

Pigment is kept as absorbance (0 is clear, 1 lets 37 % through), because washes add there and multiply as light.
"""

from __future__ import annotations

import numpy as np

from gsx.samples.painters import kit
from gsx.samples.painters.kit import Array

PAPER = kit.rgb("fbf6ea")


def _absorb(code: str) -> Array:
    """Absorbance of a pigment at full strength, so that one even wash on white paper shows the colour ``code``."""
    density: Array = -np.log(np.maximum(kit.rgb(code), 0.02))
    return density


class Wash:
    """A sheet being painted: ``film`` is the absorbance, ``(size, size, 3)``, 0 and up."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.film = np.zeros((size, size, 3), np.float32)
        self.x, self.y = kit.grid(size)
        # Fields twice as large as the sheet: every wash looks at another place of them.
        self.wobble, self.flow = (kit.noise(rng, 2 * size, c, 4) - 0.5 for c in (22, 12))
        self.fine = kit.noise(rng, 2 * size, 92, 2) - 0.5
        self.tooth = kit.noise(rng, size, 120, 2)
        self.turn = 0

    def look(self, field: Array, box: tuple[slice, slice]) -> Array:
        """The part of a double-size ``field`` that belongs to this wash and window."""
        oy, ox = ((self.turn * step) % self.size for step in (367, 593))
        rows, cols = (s.indices(self.size)[:2] for s in box)
        return field[rows[0] + oy : rows[1] + oy, cols[0] + ox : cols[1] + ox]

    def window(self, cx: float, cy: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns within ``reach`` of a point (canvas units)."""
        low = [max(0, int((c - reach) * self.size)) for c in (cy, cx)]
        high = [min(self.size, int((c + reach) * self.size) + 1) for c in (cy, cx)]
        return slice(low[0], high[0]), slice(low[1], high[1])

    def layer(
        self, inside: Array, codes: tuple[str, str], strength: float, box: tuple[slice, slice], edge: float = 1.0
    ) -> None:
        """Lay one wash where ``inside`` (canvas units from the rim, negative outside) is positive.

        Args:
            codes: two pigments that run into each other while wet.
            strength: 1 is an even wash of full colour.
            edge: how much pigment is carried to the drying rim.
        """
        if inside.size == 0:
            return
        self.turn += 1
        flow = self.look(self.flow, box) + 0.5
        wet = kit.step(-0.0011, 0.0011, inside)
        rim = np.exp(-np.clip(inside, 0, 1) / 0.0042) * edge
        # Blooms: where water ran back, the pigment is pushed into a crinkled front.
        front = np.exp(-(((flow - 0.60) / 0.018) ** 2)) * 0.35
        thin = 0.55 * kit.step(0.60, 0.72, flow)
        grain = 0.85 * (self.tooth[box] - 0.5)
        amount = wet * strength * np.clip(0.78 + 0.75 * rim + front - thin + grain * 0.4 + 0.5 * (flow - 0.5), 0.05, 3)
        mix = kit.step(-0.15, 0.15, self.look(self.wobble, box))
        self.film[box] += amount[..., None] * (
            _absorb(codes[0]) * (1 - mix)[..., None] + _absorb(codes[1]) * mix[..., None]
        )

    def blob(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        turn: float,
        codes: tuple[str, str],
        strength: float,
        rough: float = 0.35,
        edge: float = 1.0,
        lift: float = 0.0,
    ) -> None:
        """An uneven ellipse of colour; ``lift`` (0..1) first takes that much of the paint below away."""
        box = self.window(cx, cy, 1.6 * max(rx, ry))
        x, y = self.x[box] - cx, self.y[box] - cy
        u = (x * np.cos(turn) + y * np.sin(turn)) / rx
        v = (-x * np.sin(turn) + y * np.cos(turn)) / ry
        wave = rough * (1.6 * self.look(self.wobble, box) + 0.5 * self.look(self.fine, box))
        inside = (1 - np.hypot(u, v) + wave) * min(rx, ry)
        if lift:
            self.film[box] *= 1 - lift * kit.step(-0.002, 0.002, inside)[..., None]
        self.layer(inside, codes, strength, box, edge)

    def band(
        self, top: Array, codes: tuple[str, str], strength: float, foot: Array | float = 1.1, lift: float = 0.0
    ) -> None:
        """A wash over the whole width between two heights (canvas units)."""
        everywhere = (slice(None), slice(None))
        wave = 0.014 * self.look(self.wobble, everywhere) + 0.006 * self.look(self.fine, everywhere)
        inside = np.minimum(self.y - top + wave, foot - self.y + wave)
        if lift:
            self.film *= 1 - lift * kit.step(-0.002, 0.002, inside)[..., None]
        self.layer(inside, codes, strength, everywhere)

    def sheet(self) -> Array:
        """The dry picture on rough paper, 0..1."""
        height = kit.noise(self.rng, self.size, 85, 3)
        light = 1 + 0.075 * kit.relief(height * 4.0, 1.0)
        # Pigment settles in the hollows of the paper.
        film = 0.90 * self.film * (1 + 0.45 * (0.5 - height))[..., None]
        return kit.saturate(PAPER * np.exp(-film) * light[..., None], 1.22)
