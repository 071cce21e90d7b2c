"""Small pictures and small networks for the tests of distillation."""

import json

import torch
from safetensors.torch import load_file

from gsx.images import save_png
from gsx.plugins import installed_catalog
from gsx.training.distilling.components import choose_extractor
from gsx.training.distilling.job import Job
from gsx.training.distilling.settings import DistillSettings

TINY = (2, 3, 3, 4, 4)


def make_pictures(folder, count=8, seed=0):
    """PNGs of 40 to 54 px with some structure in them."""
    folder.mkdir(parents=True, exist_ok=True)
    random = torch.Generator().manual_seed(seed)
    for number in range(count):
        coarse = torch.rand(1, 3, 5, 5, generator=random)
        image = torch.nn.functional.interpolate(coarse, size=(40 + 2 * number, 54 - number), mode="bicubic")
        save_png(image.clamp(0, 1), folder / f"picture_{number}.png")
    return folder


def slim(who="student", **options):
    """The slim extractor in tiny widths."""
    return choose_extractor("vgg19-slim", {"widths": TINY, **options}, installed_catalog(), who=who)


def make_job(tmp_path, out="run", **settings):
    """A distillation of a tiny random teacher into a tiny student, a second or so long."""
    folder = tmp_path / "pictures"
    if not folder.exists():
        make_pictures(folder)
    numbers = {
        "steps": 12,
        "batch": 2,
        "crop": 32,
        "checkpoint_every": 4,
        "evaluate_every": 6,
        "log_every": 1,
        "evaluate_pictures": 2,
        "held_out_share": 0.0,
        **settings,
    }
    return Job(
        teacher=slim("teacher", batch_norm=False),
        student=slim(),
        folders=[folder],
        out=tmp_path / out,
        settings=DistillSettings(**numbers),
        device=torch.device("cpu"),
        held_out=["picture_[67].png"],
    )


def tensors_of(folder):
    """Every tensor that a finished run left, by file and name."""
    return {
        (path.relative_to(folder).as_posix(), key): value
        for path in sorted(folder.rglob("*.safetensors"))
        for key, value in load_file(path).items()
    }


def numbers_of(folder):
    """metrics.jsonl without the clock."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def assert_same_run(one, other):
    """Bit for bit: weights, optimiser, random states and metrics."""
    ours, theirs = tensors_of(one), tensors_of(other)
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert numbers_of(one) == numbers_of(other)


class Stopper:
    """A screen that does something after a step."""

    def __init__(self, step, action, stage="distilling"):
        self.at, self.action, self.stage, self.stop = step, action, stage, False

    def step(self, stage, index, total, values):
        if stage == self.stage and index == self.at and ("loss" in values or stage != "distilling"):
            self.action(self)

    def cancelled(self):
        return self.stop

    def note(self, text):
        pass
