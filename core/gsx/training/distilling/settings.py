"""How to distil: the numbers of a distillation, validated once and stored with it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gsx.specs.options import Options


class DistillSettings(Options):
    """Numbers of a distillation.

    All of them are stored in each checkpoint; taking a run up again refuses other ones, except ``steps`` (the schedule
    then follows the new length) and those that change no number in the result (``evaluate_every``, ``log_every``,
    ``checkpoint_every``, ``cache_mib``).
    """

    steps: Annotated[int, Field(ge=1, description="training steps")] = 6000
    batch: Annotated[int, Field(ge=2, le=4096, description="crops in a step")] = 8
    crop: Annotated[int, Field(ge=32, le=1024, multiple_of=16, description="side of a crop in pixels")] = 96
    lr: Annotated[float, Field(gt=0, le=1, description="peak learning rate of AdamW")] = 3e-3
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of the steps in which the rate rises")] = 0.05
    freeze_norms: Annotated[
        float, Field(ge=0, le=1, description="share of the steps after which batch norms keep their statistics")
    ] = 0.7
    cosine_weight: Annotated[float, Field(ge=0, description="weight of 1 - cosine beside the normalised MSE")] = 1.0
    seed: Annotated[int, Field(ge=0, lt=2**63, description="initial weights, order of pictures, crops")] = 0
    precision: Annotated[
        Literal["float32", "bf16"], Field(description="bf16: autocast; fast where the processor has it")
    ] = "float32"
    held_out_share: Annotated[
        float, Field(ge=0, lt=1, description="share of the pictures never trained on, chosen by the file's hash")
    ] = 0.05
    longest: Annotated[int, Field(ge=64, description="larger pictures are reduced to this longer side")] = 768
    cache_mib: Annotated[int, Field(ge=0, description="decoded pictures kept in memory, MiB")] = 1024
    log_every: Annotated[int, Field(ge=1, description="steps between lines of metrics.jsonl")] = 20
    evaluate_every: Annotated[int, Field(ge=1, description="steps between evaluations")] = 500
    evaluate_pictures: Annotated[int, Field(ge=1, description="held-out pictures of an evaluation on the way")] = 24
    checkpoint_every: Annotated[int, Field(ge=1, description="steps between checkpoints")] = 250


RESUMABLE_CHANGES = frozenset(
    {"steps", "cache_mib", "log_every", "evaluate_every", "evaluate_pictures", "checkpoint_every"}
)
"""Settings that may differ when a run is taken up again."""
