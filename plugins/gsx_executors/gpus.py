"""Which GPUs there are, by the names that CUDA_VISIBLE_DEVICES takes."""

from __future__ import annotations

import os


def visible_gpus() -> list[str]:
    """Names of the GPUs that torch can use: those of CUDA_VISIBLE_DEVICES where it is set, else their numbers."""
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    if named is None:
        return [str(index) for index in range(count)]
    return [name.strip() for name in named.split(",") if name.strip()][:count]
