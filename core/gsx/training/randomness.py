"""Seeds of a training."""

from __future__ import annotations

import random

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's random states, which a checkpoint holds."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def step_seed(seed: int, step: int, *process: int) -> int:
    """A seed of 63 bits for one step of a training; with a process's number, from 1, for that process alone.

    From 1, since numpy takes a sequence with a zero at its end for the one without.
    """
    (drawn,) = np.random.SeedSequence([seed, step, *process]).generate_state(1, np.uint64)
    return int(drawn) >> 1
