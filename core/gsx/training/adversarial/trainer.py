"""The training loop: draw, step, note, keep."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from gsx.errors import CollapsedError, DivergedError, ImageError, InterruptedRun
from gsx.training.adversarial.gauges.panel import Panel
from gsx.training.adversarial.header import generator_strings
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.phases import phase_at
from gsx.training.adversarial.pictures import Domain
from gsx.training.adversarial.pressure import write_pressure
from gsx.training.adversarial.sheet import write_sheet
from gsx.training.adversarial.step import Batch, Figures, NotFinite, Step
from gsx.training.checkpoint import Checkpoint, damaged, restore, steps_kept, write_checkpoint
from gsx.training.interrupt import StopRequest
from gsx.training.metrics import write_metrics
from gsx.training.randomness import seed_everything, step_seed
from gsx.training.schedule import rate
from gsx.training.trackers import Trackers, numbers_of

ORIGINS = 256
"""Pixels that the places of samples in the noise are multiples of; every stride divides it."""


class Trainer:
    """Networks, optimisers and counters of one training.

    Attributes:
        step: steps done, those that were skipped included.
        seconds: spent in steps so far, over all sessions.
        lines: metrics so far, one dict per line of metrics.jsonl.
        skipped: what was NaN or infinite -> in how many steps, which were skipped.
        well: gauges that were within their bound once; ``well_until``: the last step at which none was past it.
        bad_in_a_row: goal -> its steps in a row that were skipped: while one term is broken for good, the steps that
            only reconstruct may still be fine.
    """

    def __init__(
        self, job: TrainJob, networks: Networks, content: Domain, style: Domain, trackers: Trackers | None = None
    ) -> None:
        self.job, self.networks, self.content, self.style = job, networks, content, style
        recipe = job.loaded.recipe
        self.section = recipe.train
        self.modules = {"generator": networks.generator, "average": networks.average}
        if networks.discriminator is not None:
            self.modules["discriminator"] = networks.discriminator
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(
                self.modules[name].parameters(),
                lr=getattr(self.section, name).lr,
                betas=(getattr(self.section, name).beta1, getattr(self.section, name).beta2),
            )
            for name in ("generator", "discriminator")
            if name in self.modules
        }
        self.processes = job.processes
        self.trackers = trackers or Trackers((), job.out, {})
        self.listen: Callable[[int, Mapping[str, float]], None] = lambda step, values: None
        self.one_step = Step(recipe, networks, self.optimizers, self.processes)
        self.judged = networks.discriminator is not None
        self.step, self.seconds = 0, 0.0
        self.bad_in_a_row: dict[str, int] = {}
        self.lines: list[dict[str, Any]] = []
        self.skipped: dict[str, int] = {}
        self.well: set[str] = set()
        self.well_until: int | None = None
        undecided = self.one_step.undecided() if self.judged else None
        self.panel = Panel(recipe, networks, content, style, undecided)

    def take_up(self, checkpoint: Checkpoint, lines: list[dict[str, Any]]) -> None:
        """Begin from a checkpoint."""
        restore(checkpoint, self.modules, {f"optimizer-{name}": item for name, item in self.optimizers.items()})
        state = checkpoint.state
        try:
            self.step, self.seconds = checkpoint.step, float(state["seconds"])
            self.skipped = {str(what): int(count) for what, count in state["skipped"].items()}
            self.bad_in_a_row = {str(goal): int(count) for goal, count in state["bad_in_a_row"].items()}
            self.well, self.well_until = set(map(str, state["well"])), _step(state["well_until"])
            self.one_step.balance.value = None if state["balance"] is None else float(state["balance"])
            for name, scaler in self.one_step.scalers.items():
                if state["scalers"][name]:
                    scaler.load_state_dict(state["scalers"][name])
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise damaged(checkpoint.path, error) from error
        self.lines = [line for line in lines if line["step"] <= self.step]

    def run(self, stop: StopRequest, identity: Mapping[str, Any]) -> None:
        """Train to the last step, writing checkpoints that carry ``identity`` besides their own.

        Raises:
            DivergedError: too many steps in a row were NaN or infinite. InterruptedRun: asked to stop; a checkpoint
            was written. StoreError: the disk is full; checkpoints from before stay.
        """
        section, screen = self.section, self.job.screen
        for network in self.modules.values():
            network.train()
        self.networks.average.eval()
        if self.step and self._sheet_due() and not self._sheet().exists():
            self._show()  # what a kill between the checkpoint and its sheet left undone
        while self.step < section.steps:
            started = time.perf_counter()
            figures = self._step()
            self.seconds += time.perf_counter() - started
            if figures is not None:
                self.listen(self.step, _shown(figures))
            last = self.step == section.steps
            main = self.processes.main
            if figures is not None and (last or figures.attribution or self.step % section.log_every == 0):
                self._note({"seconds": round(self.seconds, 3), **_line(figures)})
                screen.step("training", self.step, section.steps, _shown(figures))
            alarms = self._gauges() if main and (last or self.step % section.gauge_every == 0) else []
            collapsed = self.processes.any(bool(alarms)) and self.job.stop_on_collapse
            stopping = self.processes.any(bool(stop) or screen.cancelled()) or collapsed
            if main and (last or stopping or self.step % section.checkpoint_every == 0):
                self.save(identity)
            elif main and figures is not None and figures.attribution:
                self._write_lines()  # for a report while it runs
            if main and self._sheet_due():
                self._show()  # after the checkpoint: whatever goes wrong with a picture costs no step
            if stopping:
                self.processes.wait()  # a process that left first would have the launcher end the one that writes
            if collapsed:
                raise CollapsedError(
                    f"Stopped at step {self.step} of {section.steps}: {(alarms or ['a gauge is past its bound.'])[0]}",
                    hint=self._way_back(),
                )
            if stopping and not last:
                raise InterruptedRun(
                    f"Interrupted at step {self.step} of {section.steps}; a checkpoint of it is in {self.job.out}.",
                    hint="Go on with the same command and --resume.",
                )

    def _step(self) -> Figures | None:
        """One step; None where it had to be skipped."""
        section = self.section
        for name, optimizer in self.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = self.rate(name)
        phase = phase_at(section, self.step, judged=self.judged)
        attributed = self.step % section.explain_every == section.explain_every - 1
        batch = self._draw()
        self.step += 1
        try:
            figures = self.one_step(phase, batch, attributed=attributed)
        except NotFinite as broken:
            self._skip(phase.goal, str(broken))
            return None
        self.bad_in_a_row[phase.goal] = 0
        return figures

    def _draw(self) -> Batch:
        """This process's share of the batch; and random states set anew, so that a step depends on its number alone.

        Pictures, crops and mixing numbers are the same however many processes share them. What else is drawn at
        random (augmentation, a component's own) differs from process to process.
        """
        processes, seed, device = self.processes, self.job.loaded.recipe.run.seed, self.job.device
        count = self.section.batch // processes.count
        first = processes.index * count
        numbers = torch.Generator().manual_seed(step_seed(seed, self.step))
        mixing = torch.rand(self.section.batch, 1, 1, 1, generator=numbers)[first : first + count]
        # Each sample lies elsewhere in an endless noise, so that a generator does not learn one patch of it by heart.
        origin = ORIGINS * torch.randint(2**20, (self.section.batch, 2), generator=numbers)[first : first + count]
        seed_everything(step_seed(seed, self.step, processes.index + 1))
        first += self.step * self.section.batch
        content, style = (domain.batch(first, count, device) for domain in (self.content, self.style))
        batch = Batch(content, style, mixing.to(device), origin=origin.to(device))
        following = first + self.section.batch
        ahead = [*range(following, following + count)]
        if self.networks.conditional:
            batch = replace(
                batch,
                matched=self.style.batch(first, count, device, view=1),
                other=self.style.others(first, count, self.section.batch, device),
            )
            ahead += range(following + self.section.batch, following + self.section.batch + count)
        for domain in (self.content, self.style):
            domain.sampler.fetch(ahead)  # read while this step is computed
        return batch

    def _gauges(self) -> list[str]:
        """Read the gauges, note them, and warn of each that is past its bound.

        A training has to learn before it can collapse: what was never within its bound counts from halfway on.
        """
        try:
            gauges = self.panel.read(self.lines, self.step, self.section.batch)
        except ImageError as error:  # a file that is gone since it was listed
            self.job.screen.note(f"no gauges at step {self.step}: {error.message}")
            return []
        self._note({"gauges": [asdict(gauge) for gauge in gauges]})
        late = self.step >= self.section.steps / 2
        alarms = [gauge.alarm() for gauge in gauges if gauge.healthy is False and (late or gauge.name in self.well)]
        self.well |= {gauge.name for gauge in gauges if gauge.healthy}
        if not any(gauge.healthy is False for gauge in gauges):
            self.well_until = self.step
        for text in alarms:
            self.job.screen.note(f"warning at step {self.step}: {text}")
        return alarms

    def _note(self, line: Mapping[str, Any]) -> None:
        """A line of metrics.jsonl, which the trackers get too."""
        self.lines.append({"step": self.step, **line})
        self.trackers.log(numbers_of(line), self.step)

    def _sheet_due(self) -> bool:
        return self.step == self.section.steps or self.step % self.section.sample_every == 0

    def _sheet(self) -> Path:
        return self.job.out / "sheets" / f"{self.step:08d}.png"

    def _show(self) -> None:
        """The contact sheet and the maps of pressure; a picture that cannot be had is said, and no reason to stop."""
        phase = phase_at(self.section, self.step - 1, judged=self.judged)
        try:
            notes = [
                write_sheet(self.networks, self.content, self.style, self._sheet()),
                write_pressure(
                    self.one_step,
                    self.networks,
                    self.content,
                    self.style,
                    phase,
                    self.job.out / "pressure" / f"{self.step:08d}",
                ),
            ]
        except ImageError as error:  # a file that is gone since it was listed
            notes = [f"no contact sheet: {error.message}"]
        for note in notes:
            if note:
                self.job.screen.note(f"step {self.step}: {note}")

    def _skip(self, goal: str, what: str) -> None:
        self.skipped[what] = self.skipped.get(what, 0) + 1
        count = self.bad_in_a_row[goal] = self.bad_in_a_row.get(goal, 0) + 1
        if count >= self.section.bad_steps:
            if self.processes.main:
                self._write_lines()
            steps = steps_kept(self.job.out)
            kept = f"the last good checkpoint is of step {steps[-1]}" if steps else "there is no checkpoint yet"
            raise DivergedError(
                f"{what} was NaN or infinite in step {self.step}, the last of {count} bad steps in a row that "
                f"{goal}; {kept}.",
                hint="Try a smaller train.generator.lr or train.discriminator.lr, or train.precision=float32. "
                + self._way_back(),
            )

    def _way_back(self) -> str:
        """How to begin anew from the newest checkpoint at which no gauge was past its bound."""
        steps = [step for step in steps_kept(self.job.out) if self.well_until is None or step <= self.well_until]
        if not steps:
            return "No checkpoint from before is left; begin anew in another --out."
        folder = self.job.out / "checkpoints" / f"{steps[-1]:08d}"
        return f"Begin anew from before, in another --out: --set {shlex.quote(f'generator.weights={folder}')}"

    def rate(self, name: str) -> float:
        """The learning rate of one optimiser now."""
        section, peak = self.section, getattr(self.section, name).lr
        return rate(self.step / section.steps, peak, section.warmup, falls=section.schedule == "cosine")

    def save(self, identity: Mapping[str, Any]) -> None:
        """Metrics first, so that a checkpoint never lacks the lines before it."""
        self._write_lines()
        write_checkpoint(
            self.job.out,
            self.step,
            self.modules,
            {f"optimizer-{name}": item for name, item in self.optimizers.items()},
            {
                **identity,
                "seconds": self.seconds,
                "skipped": self.skipped,
                "bad_in_a_row": self.bad_in_a_row,
                "well": sorted(self.well),
                "well_until": self.well_until,
                "balance": self.one_step.balance.value,
                "scalers": {name: scaler.state_dict() for name, scaler in self.one_step.scalers.items()},
            },
            strings={"average": generator_strings(self.job.loaded.recipe, self.networks)},
            spared=self.well_until,
        )

    def _write_lines(self) -> None:
        write_metrics(self.job.out, self.lines)


def _step(value: Any) -> int | None:
    return None if value is None else int(value)


def _line(figures: Figures) -> dict[str, Any]:
    return {key: value for key, value in asdict(figures).items() if value is not None}


def _shown(figures: Figures) -> dict[str, float]:
    besides = {"discriminator", "penalty"}
    loss = sum(value for name, value in figures.terms.items() if name not in besides)
    shown = {"loss": loss} if math.isfinite(loss) else {}
    return shown | {name: value for name, value in figures.terms.items() if name != "penalty"}
