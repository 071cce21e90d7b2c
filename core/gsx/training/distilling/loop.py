"""The training loop of a distillation."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gsx.errors import DivergedError, InterruptedRun, WeightsError
from gsx.specs.layout import FeatureLayout
from gsx.training.checkpoint import Checkpoint, restore, write_checkpoint
from gsx.training.data import Picture, PictureStore, Split
from gsx.training.distilling.job import Job
from gsx.training.distilling.regression import cosines, mean_agreement, regression_loss, teacher_scales, thinned
from gsx.training.interrupt import StopRequest
from gsx.training.metrics import write_metrics
from gsx.training.randomness import seed_everything
from gsx.training.sampler import CropSampler
from gsx.training.schedule import rate

BETAS = (0.9, 0.99)
CALIBRATION_BATCHES = 4
NORM_MOMENTUM = 0.02
"""Share of the newest batch in a batch norm's statistics, once fifty batches were seen; before, it is their mean."""

EVALUATION_SIDE = 160
"""Pictures are cut to their centre for an evaluation on the way; the final one takes them whole."""


class Training:
    """Networks, optimiser and counters of one distillation.

    Attributes:
        step: steps done.
        seconds: spent in steps so far, over all sessions of the run.
        lines: metrics so far, one dict per line of metrics.jsonl.
        scales: mean square of the teacher's maps, by layer.
    """

    def __init__(
        self, job: Job, layout: FeatureLayout, teacher: nn.Module, student: nn.Module, store: PictureStore, split: Split
    ) -> None:
        self.job, self.layout, self.layers = job, layout, list(layout)
        self.split, self.store = split, store
        # channels_last: the faster order of memory for convolutions, on CPU with bf16 many times so.
        self.teacher = teacher.to(memory_format=torch.channels_last).eval().requires_grad_(False)
        self.student = student.to(memory_format=torch.channels_last)
        settings = job.settings
        self.sampler = CropSampler(split.train, store, crop=settings.crop, seed=settings.seed)
        trained = [parameter for parameter in student.parameters() if parameter.requires_grad]
        if not trained:
            raise WeightsError(f"student {job.student.name!r} has no parameters to train.")
        self.optimizer = torch.optim.AdamW(trained, lr=settings.lr, betas=BETAS, weight_decay=0.0)
        self.step, self.seconds = 0, 0.0
        self.lines: list[dict[str, Any]] = []
        self.scales: dict[str, float] = {}

    def start(self) -> None:
        """Begin from nothing: seed the random states, and measure the teacher's scales."""
        seed_everything(self.job.settings.seed)
        first = self.sampler.batch(0, CALIBRATION_BATCHES * self.job.settings.batch).to(self.job.device)
        self.scales = teacher_scales(self.teacher, first, self.layers)

    def take_up(self, checkpoint: Checkpoint, lines: list[dict[str, Any]]) -> None:
        """Begin from a checkpoint."""
        restore(checkpoint, {"student": self.student}, {"optimizer": self.optimizer})
        self.step, self.seconds = checkpoint.step, float(checkpoint.state["seconds"])
        self.scales = checkpoint.state["scales"]
        self.lines = [line for line in lines if line["step"] <= self.step]

    def run(self, stop: StopRequest, state: Mapping[str, Any]) -> None:
        """Train to the last step, writing checkpoints that carry ``state`` besides their own.

        Raises:
            DivergedError: the loss is no longer a number. InterruptedRun: asked to stop; a checkpoint was written.
            StoreError: the disk is full.
        """
        settings, screen = self.job.settings, self.job.screen
        while self.step < settings.steps:
            started = time.perf_counter()
            losses = self.one_step()
            self.seconds += time.perf_counter() - started
            last = self.step == settings.steps
            if last or self.step % settings.log_every == 0:
                values = {name: loss.item() for name, loss in losses.items()}
                rate_now, seconds = self.rate(), round(self.seconds, 3)
                self.lines.append({"step": self.step, "seconds": seconds, "lr": rate_now, "loss": values})
                screen.step("distilling", self.step, settings.steps, {"loss": sum(values.values()), "lr": rate_now})
            if last or self.step % settings.evaluate_every == 0:
                agreement = self.evaluate()
                self.lines.append({"step": self.step, "cosine": agreement})
                screen.step("distilling", self.step, settings.steps, agreement)
            stopping = bool(stop) or screen.cancelled()
            if last or stopping or self.step % settings.checkpoint_every == 0:
                self.save(state)
            if stopping and not last:
                raise InterruptedRun(
                    f"Interrupted at step {self.step} of {settings.steps}; a checkpoint of it is in {self.job.out}.",
                    hint="Go on with the same command and --resume.",
                )

    def rate(self) -> float:
        settings = self.job.settings
        return rate(self.step / settings.steps, settings.lr, settings.warmup)

    def one_step(self) -> dict[str, Tensor]:
        """One batch and one update; the loss by layer, detached."""
        settings, device = self.job.settings, self.job.device
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        frozen = self.step >= settings.freeze_norms * settings.steps
        set_training(self.student, momentum=None if frozen else max(NORM_MOMENTUM, 1 / (self.step + 1)))
        first = self.step * settings.batch
        images = self.sampler.batch(first, settings.batch)
        self.sampler.fetch(range(first + settings.batch, first + 2 * settings.batch))
        images = images.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
            with torch.no_grad():
                theirs = thinned(self.teacher(images, self.layers), self.layout, self.step)
            ours = thinned(self.student(images, self.layers), self.layout, self.step)
        losses = regression_loss(ours, theirs, self.scales, settings.cosine_weight)
        total = torch.stack(list(losses.values())).sum()
        if not math.isfinite(total.item()):
            raise DivergedError(
                f"The loss became {total.item()} at step {self.step + 1}; what was saved before is in {self.job.out}.",
                hint="Try a smaller --lr, or --precision float32.",
            )
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1
        return {name: loss.detach() for name, loss in losses.items()}

    def evaluate(self) -> dict[str, float]:
        """Mean cosine per layer on the centres of some held-out pictures, spread over all of them."""
        held_out, wanted = self.split.held_out, self.job.settings.evaluate_pictures
        chosen = held_out[:: max(1, len(held_out) // wanted)][:wanted]
        self.student.eval()
        return mean_agreement(
            [
                cosines(
                    self.student, self.teacher, self.whole(picture, EVALUATION_SIDE).to(self.job.device), self.layers
                )
                for picture in chosen
            ]
        ).cosines

    def whole(self, picture: Picture, side: int | None = None) -> Tensor:
        """A picture, or its centre of at most ``side`` pixels. Shape: ``(1, 3, h, w)`` in [0, 1]."""
        pixels = self.store[picture.path]
        if side is not None:
            top, left = (max(0, (length - side) // 2) for length in pixels.shape[-2:])
            pixels = pixels[:, top : top + side, left : left + side]
        return pixels[None].float().div_(255)

    def save(self, state: Mapping[str, Any]) -> None:
        """Metrics first, so that a checkpoint never lacks the lines before it."""
        write_metrics(self.job.out, self.lines)
        write_checkpoint(
            self.job.out,
            self.step,
            {"student": self.student},
            {"optimizer": self.optimizer},
            {**state, "seconds": self.seconds, "scales": self.scales, "samples": self.step * self.job.settings.batch},
        )


def set_training(module: nn.Module, *, momentum: float | None) -> None:
    """Training mode; batch norms take the batch's statistics and average with ``momentum``, or (None) keep theirs.

    With these kept for the last part, the network is trained as it will be used.
    """
    module.train()
    for part in module.modules():
        if isinstance(part, _BatchNorm):
            part.train(momentum is not None)
            part.momentum = part.momentum if momentum is None else momentum
