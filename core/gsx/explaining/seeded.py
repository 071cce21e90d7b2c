"""seeded: a block that draws the same random numbers each time, and leaves none of it behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gsx.pipeline.pipeline import Pipeline


@contextmanager
def seeded(pipeline: Pipeline) -> Iterator[None]:
    """The pipeline's seed inside; the global random state as it was afterwards, also after an error.

    A caller's inference mode is suspended, for under it every gradient would be missing, hence null.
    """
    devices = [pipeline.device] if pipeline.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode(False):
        # torch.manual_seed keeps a stack trace for every accelerator that was not used yet: milliseconds each time.
        torch.default_generator.manual_seed(pipeline.seed)
        if devices:
            torch.cuda.manual_seed(pipeline.seed)
        yield
