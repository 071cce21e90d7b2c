"""TrainJob: one training, as asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from gsx.pipeline.load import Loaded
from gsx.training.screen import Screen, SilentScreen


@dataclass
class TrainJob:
    """What to train on what, and where.

    Args:
        content, style: folders of pictures; folders inside them are not searched.
        out: the run folder.
        command: what the user typed, for the card.
    """

    loaded: Loaded
    content: Path
    style: Path
    out: Path
    device: torch.device
    command: str = ""
    screen: Screen = field(default_factory=SilentScreen)
