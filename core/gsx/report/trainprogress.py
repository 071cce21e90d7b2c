"""How far a training has come: begun, on its way, or done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gsx.report.folder import FolderReader, number

_OF_A_RUN = ("inputs.json", "stylized.png")


@dataclass(frozen=True)
class Progress:
    """``last``: step of the newest line. ``steps``: that the recipe asks for. ``ended``: step of the card, if any.

    A card may be older than the lines: a training that was done can be taken up again with more steps.
    """

    last: float
    steps: float | None
    ended: float | None

    @property
    def done(self) -> bool:
        """Whether the card is of the end that the recipe asks for."""
        return self.ended is not None and self.ended >= max(self.last, self.steps or 0.0)

    def sentences(self) -> list[str]:
        """The steps in words."""
        if self.done:
            return [f"The training is done: {self.ended:.0f} steps."]
        of = "" if self.steps is None else f" of {self.steps:.0f}"
        said = [f"{self.last:.0f}{of} steps so far."]
        if self.ended is not None:
            said.append(f"The generator's file and its card are still those of step {self.ended:.0f}.")
        return said


def is_training(folder: FolderReader) -> bool:
    """Whether the folder is a training's: no run of a pair, and what a training leaves, were it only a recipe."""
    inside = folder.path
    if (inside / "result.json").exists():
        return False
    if any((inside / name).exists() for name in ("checkpoints", "sheets", "card.json")):
        return True
    # The recipe of a run has a section `train` too, so a run without its result is told by its pictures.
    if any((inside / name).exists() for name in _OF_A_RUN):
        return False
    train = folder.json("recipe.json").get("train")
    return isinstance(train, dict) and number(train.get("steps")) is not None


def read_lines(folder: FolderReader) -> list[dict[str, Any]]:
    """The lines of metrics.jsonl, which a training writes before its first checkpoint: until then none are missing."""
    inside = folder.path
    kept = (inside / "card.json").exists() or any((inside / "checkpoints").glob("[0-9]*"))
    if not kept and not (inside / "metrics.jsonl").exists():
        return []
    return folder.lines("metrics.jsonl")


def progress(lines: Sequence[Mapping[str, Any]], card: Mapping[str, Any], steps: float | None) -> Progress:
    """Read from the lines, the card ({} where there is none) and the recipe's steps."""
    last = max((value for line in lines if (value := number(line.get("step"))) is not None), default=0.0)
    return Progress(last, steps, number(card.get("steps")))
