"""What explaining a training costs: attribution and gauges, as shares of the time of the steps between them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from gsx.images import save_png
from gsx.pipeline.load import load
from gsx.training.adversarial.gauges.panel import Panel
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.networks import build_networks
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.pictures import read_domains
from gsx.training.adversarial.step import Batch
from gsx.training.adversarial.trainer import Trainer
from gsx.training.processes import Processes

pytestmark = pytest.mark.perf


def test_cost_of_explaining(tmp_path: Path) -> None:
    for side in ("content", "style"):
        for number in range(30):
            image = torch.rand(1, 3, 160, 160, generator=torch.Generator().manual_seed(number))
            (tmp_path / side).mkdir(exist_ok=True)
            save_png(image, tmp_path / side / f"{'test_' if number < 26 else ''}{number}.png")
    pictures = {side: str(tmp_path / side) for side in ("content", "style")}
    train = {"held_out": ["test_*"], "held_out_share": 0.0}
    job = TrainJob(
        load(tables={"input": pictures, "train": train}, training=True),
        tmp_path / "out",
        Processes(torch.device("cpu")),
    )
    recipe = job.loaded.recipe
    networks = build_networks(recipe, job.loaded.plan, job.device)
    trainer = Trainer(job, networks, *read_domains(job))
    content, style = (domain.batch(0, recipe.train.batch, job.device) for domain in (trainer.content, trainer.style))
    batch = Batch(content, style, torch.rand(recipe.train.batch, 1, 1, 1))
    phase = Phase("C", "stylise", "content", 1.0)

    def seconds(work, rounds: int = 8) -> float:
        work()
        started = time.process_time()
        for _ in range(rounds):
            work()
        return (time.process_time() - started) / rounds

    plain = seconds(lambda: trainer.one_step(phase, batch))
    attributed = seconds(lambda: trainer.one_step(phase, batch, attributed=True))
    assert isinstance(trainer.panel, Panel)
    begun = [{"step": 1, "terms": {"discriminator": 2.0}}]
    gauges = seconds(lambda: trainer.panel.read(begun, 0, recipe.train.batch), rounds=2)
    section, generator = recipe.train, recipe.parts.generator.name
    attribution = (attributed - plain) / plain / section.explain_every
    print(f"\na step of {generator}, batch {section.batch}, {section.crop} px: {plain:.3f} s of processor time")
    print(f"attribution every {section.explain_every} steps: {attribution:.2%}")
    print(f"gauges every {section.gauge_every} steps: {gauges / plain / section.gauge_every:.2%}")
