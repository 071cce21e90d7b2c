"""The section ``[train]`` of a recipe: how a generator is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gsx.specs.options import Options

Share = Annotated[float, Field(ge=0, le=1)]


class OptimizerSection(Options):
    """Adam for one of the two networks.

    Source: Kingma & Ba, "Adam", ICLR 2015.
    """

    lr: Annotated[float, Field(gt=0, le=1, description="peak learning rate")] = 2e-4
    beta1: Annotated[float, Field(ge=0, lt=1, description="decay of the mean of gradients")] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1, description="decay of the mean of squared gradients")] = 0.99
    clip: Annotated[float, Field(ge=0, description="largest norm of the whole gradient; 0 does not clip")] = 1.0


class DiscriminatorOptimizerSection(OptimizerSection):
    """The same, with the betas that keep a discriminator quick to follow."""

    beta1: Annotated[float, Field(ge=0, lt=1, description="decay of the mean of gradients")] = 0.5
    beta2: Annotated[float, Field(ge=0, lt=1, description="decay of the mean of squared gradients")] = 0.999


class TrainSection(Options):
    """How a generator is trained.

    Three phases: ``reconstruct`` (A: both domains, from their own maps), then content, style and identity (B), and
    from ``adversarial_from`` on the adversarial loss too, ramped in over ``ramp`` steps (C).
    """

    steps: Annotated[int, Field(ge=1, description="training steps")] = 20_000
    batch: Annotated[int, Field(ge=1, le=4096, description="pairs of crops in a step, over all processes")] = 4
    crop: Annotated[int, Field(ge=32, le=1024, multiple_of=16, description="side of a crop in pixels")] = 128
    precision: Annotated[
        Literal["float32", "bf16", "fp16"],
        Field(description="of the networks; statistics, Gram matrices and penalties stay in float32"),
    ] = "float32"
    generator: Annotated[OptimizerSection, Field(description="the generator's optimiser")] = OptimizerSection()
    discriminator: Annotated[DiscriminatorOptimizerSection, Field(description="the discriminator's optimiser")] = (
        DiscriminatorOptimizerSection()
    )
    schedule: Annotated[
        Literal["cosine", "constant"], Field(description="of both learning rates, after the warm-up")
    ] = "cosine"
    warmup: Annotated[Share, Field(description="share of the steps in which the rates rise")] = 0.02
    reconstruct: Annotated[Share, Field(description="share of the steps that only reconstruct")] = 0.05
    adversarial_from: Annotated[Share, Field(description="share of the steps after which the GAN begins")] = 0.5
    ramp: Annotated[int, Field(ge=0, description="steps over which the adversarial weight rises to its own")] = 1000
    adversarial_pull: Annotated[
        float, Field(gt=0, le=100, description="adaptive weight: the adversarial gradient's share of the other terms'")
    ] = 0.2
    adversarial_limit: Annotated[float, Field(gt=0, description="adaptive weight: the largest that it may become")] = (
        10.0
    )
    identity_every: Annotated[
        int, Field(ge=0, description="every how many steps one reconstructs instead, after phase A; 0 never")
    ] = 4
    ema: Annotated[float, Field(ge=0, lt=1, description="decay of the averaged weights, which are what ships")] = 0.999
    augment: Annotated[
        tuple[Literal["flip", "translation", "colour", "cutout"], ...],
        Field(description="what is done alike to real and generated pictures before they are judged"),
    ] = ("flip", "translation")
    r1: Annotated[float, Field(ge=0, description="weight of the gradient penalty on real pictures")] = 0.0
    bad_steps: Annotated[
        int, Field(ge=1, description="steps in a row with NaN or infinite numbers after which training stops")
    ] = 20
    held_out: Annotated[
        tuple[str, ...], Field(description="globs over the names of files that are never trained on")
    ] = ()
    held_out_share: Annotated[
        float,
        Field(
            ge=0,
            lt=1,
            description="share of the others never trained on, chosen by the file's hash; for the gauges 16 styles at "
            "least, yet no more than a quarter",
        ),
    ] = 0.05
    longest: Annotated[int, Field(ge=64, description="larger pictures are reduced to this longer side")] = 512
    cache_mib: Annotated[int, Field(ge=0, description="decoded pictures kept in memory, MiB")] = 2048
    explain_every: Annotated[
        int, Field(ge=1, description="steps between attributions: how hard each term pulls, and against which")
    ] = 50
    gauge_every: Annotated[int, Field(ge=1, description="steps between readings of the collapse gauges")] = 200
    log_every: Annotated[int, Field(ge=1, description="steps between lines of metrics.jsonl")] = 10
    checkpoint_every: Annotated[int, Field(ge=1, description="steps between checkpoints")] = 500
    sample_every: Annotated[int, Field(ge=1, description="steps between contact sheets of held-out pictures")] = 1000

    trackers: Annotated[
        tuple[str, ...],
        Field(description="where numbers are shown while it runs: tensorboard, wandb, mlflow, a plugin's, …"),
    ] = ()

    @model_validator(mode="after")
    def _phases_in_order(self) -> TrainSection:
        if self.adversarial_from < self.reconstruct:
            raise ValueError("adversarial_from comes before reconstruct ends")
        if self.identity_every == 1:
            raise ValueError("identity_every is 1, so that no step would stylise; give 0 or at least 2")
        return self


RESUMABLE_CHANGES = frozenset(
    {
        "steps",
        "cache_mib",
        "log_every",
        "checkpoint_every",
        "sample_every",
        "explain_every",
        "gauge_every",
        "bad_steps",
        "trackers",
    }
)
"""What of the section may differ when a training is taken up again."""
