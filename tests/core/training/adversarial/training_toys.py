"""A training so small that it takes about a second."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from gsx.images import save_png
from gsx.pipeline.load import load
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.networks import build_networks
from gsx.training.adversarial.pictures import read_domains
from gsx.training.adversarial.trainer import Trainer
from gsx.training.processes import Processes

TABLES = {
    "extractor": {"name": "vgg19-slim", "weights": "random", "widths": [2, 3, 3, 4, 4]},
    "generator": {"name": "resnet", "channels": 8, "blocks": 1},
    "discriminator": {"name": "patchgan", "norm": "none", "spectral_norm": True, "base_channels": 4, "layers": 2},
    "train": {
        "steps": 12,
        "batch": 2,
        "crop": 32,
        "log_every": 1,
        "checkpoint_every": 4,
        "sample_every": 12,
        "reconstruct": 0.1,
        "adversarial_from": 0.3,
        "ramp": 3,
        "warmup": 0.0,
    },
}


def make_pictures(folder: Path, count: int = 5, seed: int = 0) -> Path:
    """PNGs of 40 to 60 px with some structure in them."""
    folder.mkdir(parents=True, exist_ok=True)
    random = torch.Generator().manual_seed(seed)
    for number in range(count):
        coarse = torch.rand(1, 3, 5, 5, generator=random)
        size = (40 + 4 * number, 60 - 4 * number)
        save_png(torch.nn.functional.interpolate(coarse, size=size).clamp(0, 1), folder / f"{number}.png")
    return folder


def make_job(folder: Path, out: str = "run", **sections) -> TrainJob:
    """Sections are laid over TABLES; ``train`` option by option."""
    for seed, side in enumerate(("content", "style")):
        if not (folder / side).exists():
            make_pictures(folder / side, seed=seed)
    pictures = {"content": str(folder / "content"), "style": str(folder / "style")}
    tables = {**TABLES, "input": pictures, **sections, "train": {**TABLES["train"], **sections.get("train", {})}}
    loaded = load(tables=tables, training=True)
    return TrainJob(loaded, folder / out, Processes(torch.device("cpu")), screen=Stopper(-1, lambda screen: None))


def tensors_of(folder: Path) -> dict[tuple[str, str], torch.Tensor]:
    """Every tensor that a finished training left, by file and name."""
    return {
        (path.relative_to(folder).as_posix(), key): value
        for path in sorted(folder.rglob("*.safetensors"))
        for key, value in load_file(path).items()
    }


class Stopper:
    """A screen that does something after a step, and keeps what it is told."""

    def __init__(self, step, action):
        self.at, self.action, self.stop = step, action, False
        self.notes: list[str] = []

    def step(self, stage, index, total, values):
        if stage == "training" and index == self.at:
            self.action(self)

    def cancelled(self):
        return self.stop

    def note(self, text):
        self.notes.append(text)


def numbers_of(folder):
    """metrics.jsonl without the clock."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def steps_of(folder):
    """The lines of steps, without those of gauges."""
    return [line for line in numbers_of(folder) if "terms" in line]


def assert_same(one, other):
    """Bit for bit: weights, averages, optimisers, random states, metrics and contact sheets."""
    ours, theirs = tensors_of(one), tensors_of(other)
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert numbers_of(one) == numbers_of(other)
    for sheet in (one / "sheets").iterdir():
        assert sheet.read_bytes() == (other / "sheets" / sheet.name).read_bytes()


def make_trainer(job: TrainJob) -> Trainer:
    """Everything of a training, before its first step."""
    networks = build_networks(job.loaded.recipe, job.loaded.plan, job.device, job.loaded.checkpoint)
    return Trainer(job, networks, *read_domains(job))


def make_marked(folder: Path, count: int, name: str = "{}.png") -> Path:
    """Pictures that say who they are: red is the picture's number / 32; green and blue say where a crop lies."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = torch.meshgrid(torch.linspace(0, 1, 64), torch.linspace(0, 1, 64), indexing="ij")
    for number in range(count):
        picture = torch.stack([torch.full((64, 64), (number + 1) / 32), rows, columns])
        save_png(picture[None], folder / name.format(number))
    return folder


def marks_of(crops: torch.Tensor) -> list[int]:
    """The number of the marked picture that each crop is of."""
    return [round(32 * value) - 1 for value in crops[:, 0].mean((1, 2)).tolist()]
