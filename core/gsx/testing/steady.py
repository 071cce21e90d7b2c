"""steady: a block that begins from one state of the process, and leaves it as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy
import torch

SEED = 7_919
"""One that nobody writes: a component that seeds anew with 0 is then seen to."""


@contextmanager
def steady() -> Iterator[None]:
    """Seed what is random and record gradients; afterwards everything is as before.

    What a component left behind in one check would else be there before the next, which then sees no change.
    """
    python, numbers = random.getstate(), numpy.random.get_state()
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    strict, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        try:
            random.seed(SEED)
            numpy.random.seed(SEED)
            torch.manual_seed(SEED)
            yield
        finally:
            random.setstate(python)
            numpy.random.set_state(numbers)
            torch.set_num_threads(threads)
            torch.set_default_dtype(dtype)
            torch.use_deterministic_algorithms(strict, warn_only=warns)
