"""loss.svg: how loss and agreement went over a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure


def draw_curves(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Left the loss of each layer (logarithmic), right the held-out cosine of each layer, over steps.

    Args:
        lines: of metrics.jsonl; those with ``loss`` and those with ``cosine``, layer by layer.
    """
    losses = [line for line in lines if "loss" in line]
    agreements = [line for line in lines if "cosine" in line]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, key, points, look in ((left, "loss", losses, "-"), (right, "cosine", agreements, "o-")):
        for name in points[-1][key] if points else ():
            axes.plot([point["step"] for point in points], [point[key][name] for point in points], look, label=name)
    if losses:
        left.set_yscale("log")
    for axes, title in ((left, "loss (training)"), (right, "cosine to the teacher (held out)")):
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    # The same numbers give the same file.
    with rc_context({"svg.hashsalt": "gsx"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
