"""The optimisation's curves as inline SVG, in colours that the page's style sheet decides (light, dark, print)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gsx.report.formats import figure, plural
from gsx.report.model import Curve, Curves
from gsx.report.scales import LINEAR, Scale, scale_of, set_scale
from gsx.report.text import visible

MOST = 8
"""Curves drawn: as many as there are colours that a colour-blind reader can tell apart."""

_INK, _QUIET, _LINE = "#010101", "#020202", "#030303"
_SENTINELS = {_INK: "var(--ink)", _QUIET: "var(--quiet)", _LINE: "var(--line)"}
_SENTINELS |= {f"#0000{index:02x}": f"var(--curve-{index})" for index in range(1, MOST + 1)}
"""Colours that matplotlib writes, and the CSS variable that takes the place of each."""

_APART = 12.0
"""Points between the names of two curves."""

_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (5, 1.5, 1.5, 1.5)))

Points = tuple[list[float], list[float]]


def draw_curves(
    steps: Sequence[Mapping[str, float]], *, first: Sequence[str] = ("loss", "total"), linear: bool = False
) -> Curves | None:
    """The curves of the steps of a run; None where there are no steps to draw.

    Args:
        first: names that are drawn whatever else there is.
        linear: whatever the values; for what has a natural range, such as a cosine.
    """
    points: dict[str, Points] = {}
    for place, step in enumerate(steps):
        for name, value in step.items():
            if name != "step":
                across, up = points.setdefault(name, ([], []))
                across.append(step.get("step", float(place)))
                up.append(value)
    if not points:
        return None
    names = sorted(points, key=lambda name: name not in first)
    shown = {name: points[name] for name in names[:MOST]}
    values = [value for _, up in shown.values() for value in up]
    scale = LINEAR if linear else scale_of(values)
    return Curves(
        wide=_drawn(shown, scale, (7.6, 3.1), 24, "wide"),
        narrow=_drawn(shown, scale, (3.7, 2.9), 16, "narrow"),
        steps=plural(len(steps), "step"),
        lowest=_lowest(points.get("loss")),
        logarithmic=scale.kind != "linear",
        linear_within=figure(scale.linear_within, 1) if scale.linear_within else "",
        curves=[
            Curve(name, figure(up[0]), figure(up[-1]), index) for index, (name, (_, up)) in enumerate(shown.items(), 1)
        ],
        hidden=len(points) - len(shown),
    )


def _lowest(loss: Points | None) -> str:
    """Where the loss was lowest, if that was not at the end; "" otherwise."""
    if loss is None:
        return ""
    across, up = loss
    place = up.index(min(up))
    return "" if place == len(up) - 1 else f"The loss was lowest at step {across[place]:.0f}: {figure(up[place])}."


def _drawn(points: Mapping[str, Points], scale: Scale, size: tuple[float, float], longest: int, salt: str) -> str:
    """Args: size: in inches. longest: characters of a name, of which more is cut."""
    width, height = size
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's matplotlibrc must not change a report
        matplotlib.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": salt,
                "font.size": 9,
                "font.family": "DejaVu Sans",
                "text.parse_math": False,
                "axes.unicode_minus": True,
                "path.simplify_threshold": 0.5,
            }
        )
        canvas = Figure(figsize=(width, height), dpi=72)  # so that pixels are points
        # Room at the left for tick labels, at the right for the curves' names, in inches whatever the width.
        left, right = 0.52, 0.2 + 0.075 * max(6, min(longest, max(map(len, points))))
        axes = canvas.add_axes((left / width, 0.45 / height, 1 - (left + right) / width, 1 - 0.57 / height))
        _style(axes, scale)
        for index, (across, up) in enumerate(points.values(), 1):
            axes.plot(
                across,
                up,
                color=f"#0000{index:02x}",
                linewidth=2.0 if index == 1 else 1.5,
                zorder=10 - index,
                linestyle=_DASHES[(index - 1) % len(_DASHES)],
                marker="" if len(up) > 1 else "o",
                markersize=3,
            )
        axes.margins(x=0)
        places = {at for across, _ in points.values() for at in across}
        if len(places) == 1:  # around it matplotlib would name fractions of a step
            axes.set_xticks(list(places))
        _name_curves(axes, points, longest)
        return _as_inline(canvas)


def _style(axes: Axes, scale: Scale) -> None:
    axes.patch.set_visible(False)
    axes.figure.patch.set_visible(False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    axes.grid(axis="y", color=_LINE, linewidth=0.7)
    axes.tick_params(axis="both", which="both", length=0, labelcolor=_QUIET, pad=5)
    axes.set_xlabel("step", color=_QUIET)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    set_scale(axes, scale)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    """A round number without the zeros that a measured one would show."""
    shown = figure(value)
    mantissa, times, power = shown.partition("×")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + times + power


def _name_curves(axes: Axes, points: Mapping[str, Points], longest: int) -> None:
    """Each curve's name at its last point, pushed apart where they would lie on each other."""
    axes.get_ylim()  # settles the limits, which matplotlib leaves until it draws
    ends = sorted(
        (float(axes.transData.transform((across[-1], up[-1]))[1]), index, name)
        for index, (name, (across, up)) in enumerate(points.items(), 1)
    )
    box, levels = axes.get_window_extent(), [at for at, _, _ in ends]
    for place in range(1, len(levels)):
        levels[place] = max(levels[place], levels[place - 1] + _APART)
    levels[-1] = min(levels[-1], box.y1)
    for place in range(len(levels) - 2, -1, -1):
        levels[place] = min(levels[place], levels[place + 1] - _APART)
    for at, (_, index, name) in zip(levels, ends, strict=True):
        level, line = (at - box.y0) / box.height, " ".join(visible(name).split())
        short = line if len(line) <= longest else line[: longest - 1] + "…"
        axes.text(1.015, level, "●", transform=axes.transAxes, color=f"#0000{index:02x}", va="center", fontsize=8)
        axes.text(1.015 + 0.14 * 72 / box.width, level, short, transform=axes.transAxes, color=_INK, va="center")


def _as_inline(canvas: Figure) -> str:
    """The drawing as an ``<svg>`` element for an HTML page: no prologue, no metadata, no fixed size or font."""
    buffer = io.StringIO()
    canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r'^<svg [^>]*viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg)
    svg = re.sub(r"; font-family: [^;\"]*", "", svg)
    for sentinel, variable in _SENTINELS.items():
        svg = svg.replace(sentinel, variable)
    return svg
