"""Job: one distillation, as asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from gsx.specs.chosen import Chosen
from gsx.specs.kinds import ExtractorSpec
from gsx.training.distilling.settings import DistillSettings
from gsx.training.screen import Screen, SilentScreen


@dataclass
class Job:
    """What to train on what, and where.

    Args:
        folders: pictures; folders inside them are not searched.
        out: the run folder.
        held_out: folders, or globs over file names, that are never trained on.
        command: what the user typed, for the card.
    """

    teacher: Chosen[ExtractorSpec]
    student: Chosen[ExtractorSpec]
    folders: Sequence[Path]
    out: Path
    settings: DistillSettings
    device: torch.device
    held_out: Sequence[str] = ()
    command: str = ""
    screen: Screen = field(default_factory=SilentScreen)
