"""TrainJob: one training, as asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch

from gsx.errors import RecipeError
from gsx.pipeline.load import Loaded
from gsx.training.processes import Processes
from gsx.training.screen import Screen, SilentScreen


@dataclass
class TrainJob:
    """What to train, and where; the folders of pictures are the recipe's ``input``.

    Args:
        out: the run folder.
        processes: those that train together; see :func:`~gsx.training.processes.join_processes`.
        command: what the user typed, for the card.
        stop_on_collapse: end the training where a gauge is past its bound; otherwise that is a warning.
    """

    loaded: Loaded
    out: Path
    processes: Processes
    command: str = ""
    stop_on_collapse: bool = False
    screen: Screen = field(default_factory=SilentScreen)

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return self.processes.device

    def folder(self, side: Literal["content", "style"]) -> Path:
        """Where the pictures of one side are; folders inside it are not searched.

        Raises:
            RecipeError: the recipe does not say.
        """
        named: str | None = getattr(self.loaded.recipe.input, side)
        if named is None:
            raise RecipeError(
                f"the recipe names no folder of {side} pictures to train on.",
                hint=f"Give --{side} FOLDER, or {side} in the recipe's section [input].",
            )
        return Path(named).expanduser()
