"""A training step of GSX against loops written by hand: over the same networks, and plain AdaIN with VGG-19.

Both sides of a comparison have the same batch, threads, precision, losses, optimiser and memory format: channels_last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.transforms import v2

from gsx.images import save_png
from gsx.pipeline.load import load
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.networks import build_networks
from gsx.training.adversarial.pictures import read_domains
from gsx.training.adversarial.step import Batch
from gsx.training.adversarial.trainer import Trainer
from gsx.training.processes import Processes

from .loops import ALONE, JUDGED, ByHand, check_same_work, drawn, plain_adain, setup, tables

pytestmark = [pytest.mark.perf, pytest.mark.timeout(900)]


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("judged", [True, False], ids=["with GAN", "without GAN"])
def test_against_a_loop_over_the_same_networks(measure, precision: str, judged: bool) -> None:
    check_same_work(precision, judged)
    batch, phase = drawn(), JUDGED if judged else ALONE
    by_hand, (step, _) = ByHand(*setup(precision), judged), setup(precision)
    sides = {"by hand": lambda: by_hand(batch), "gsx": lambda: step(phase, batch)}
    if judged:
        adaptive, _ = setup(precision, "adaptive")
        sides["gsx, adaptive weight (the default)"] = lambda: adaptive(phase, batch)
    what = f"a training step {'with' if judged else 'without'} GAN, {precision}, batch 4, 128 px, channels_last"
    measure(what, sides, 6, time.process_time)


def write_pictures(folder: Path, count: int = 24) -> None:
    folder.mkdir()
    for number in range(count):
        image = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(number))
        save_png(image, folder / f"{number}.png")


def reading(pictures: list[torch.Tensor]) -> Callable[[], torch.Tensor]:
    """Crops as torchvision makes them, of pictures that are decoded already: the least that a loop by hand reads."""
    crop = v2.Compose([v2.RandomResizedCrop(128, scale=(0.25, 1)), v2.RandomHorizontalFlip()])

    def read() -> torch.Tensor:
        chosen = torch.randint(len(pictures), (4,)).tolist()
        batch = torch.stack([crop(pictures[number]) for number in chosen]).float().div_(255)
        return batch.contiguous(memory_format=torch.channels_last)

    return read


def test_against_a_loop_that_also_reads(measure, tmp_path: Path) -> None:
    """All that ``gsx train`` does in a step: drawing crops, learning rates, seeds, the step, looking for NaN."""
    for side in ("content", "style"):
        write_pictures(tmp_path / side)
    # Every step is one of phase C, and none is attributed.
    train = {"reconstruct": 0.0, "adversarial_from": 0.0, "identity_every": 0, "explain_every": 10_000}
    inputs = {side: str(tmp_path / side) for side in ("content", "style")}
    loaded = load(tables={**tables("float32"), "input": inputs, "train": train}, training=True)
    job = TrainJob(loaded, tmp_path / "out", Processes(torch.device("cpu")))
    networks = build_networks(loaded.recipe, loaded.plan, job.device)
    domains = read_domains(job)
    trainer = Trainer(job, networks, *domains)
    by_hand = ByHand(*setup("float32"), judged=True)
    read = [reading([domain.store[picture.path] for picture in domain.split.train]) for domain in domains]
    sides = {
        "by hand": lambda: by_hand(Batch(read[0](), read[1](), torch.rand(4, 1, 1, 1))),
        "gsx train": trainer._step,
    }
    measure("a step of training and its data, with GAN, float32, batch 4, 128 px", sides, 8, time.process_time)
    assert not trainer.skipped


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_against_plain_adain_at_full_width(measure, precision: str) -> None:
    """No GAN on either side: theirs has none. Ours also clips gradients and averages weights."""
    batch, (step, networks) = drawn(), setup(precision)
    sides = {"AdaIN, VGG-19": plain_adain(batch, networks.half), "gsx": lambda: step(ALONE, batch)}
    measure(f"a training step without GAN, {precision}, batch 4, 128 px, channels_last", sides, 3, time.process_time)
