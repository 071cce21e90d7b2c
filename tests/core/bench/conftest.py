"""A question over small pictures, a plan, and an executor that runs cells in this process."""

import json
from pathlib import Path

import pytest
import torch

from gsx.bench.axes import asked
from gsx.bench.folder import BenchFolder
from gsx.bench.pictures import pictures_of
from gsx.bench.plan import Question, make_plan
from gsx.bench.running import CellRunner
from gsx.errors import GsxError
from gsx.images import save_png
from gsx.plugins import installed_catalog
from gsx.run.inputs import find_work
from gsx.specs.executing import CellOutcome

METRICS = ["content-distance", "style-distance", "ssim"]


@pytest.fixture
def folders(tmp_path):
    """Two contents and two styles of 64 px."""
    for role, seeds in (("content", (1, 2)), ("style", (3, 4))):
        (tmp_path / role).mkdir()
        for seed in seeds:
            random = torch.Generator().manual_seed(seed)
            coarse = torch.rand(1, 3, 8, 8, generator=random)
            picture = torch.nn.functional.interpolate(coarse, (64, 64), mode="bilinear")
            save_png(picture, tmp_path / role / f"{role}{seed}.png")
    return tmp_path


class Bench:
    """What a benchmark's test needs, by one name."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = BenchFolder(place / "bench")

    def question(self, sets=(), file=None, **flags):
        given = {
            "input.content": str(self.place / "content"),
            "input.style": str(self.place / "style"),
            "run.size": 64,
            "metric": METRICS,
            **flags,
        }
        return Question(file, given, tuple(sets), installed_catalog())

    def plan(self, *, sets=(), file=None, flags=None, **axes):
        question = self.question(sets, file, **(flags or {}))
        inputs, run = question.inputs()
        self.pictures = pictures_of(find_work(inputs), run.size)
        self.section = asked(file, axes, sets)
        return make_plan(question, self.section, self.pictures)

    def quick_plan(self, metric=("ssim",), **axes):
        """Where what is made does not matter: tiny networks, one metric."""
        networks = {
            "extractor": {"name": "vgg19-slim", "widths": [4] * 5},
            "generator": {"name": "pixels", "iterations": 1},
        }
        return self.plan(flags={**networks, "metric": list(metric)}, **axes)

    def result(self, key):
        return json.loads((self.folder.cell(key) / "result.json").read_text())

    def by_label(self, plan, label):
        (cell,) = [cell for cell in plan.cells if cell.label == label and cell.seed == plan.seeds[0]]
        return cell


class InProcess:
    """An executor that runs cells here; ``before`` may raise, or give an outcome of its own."""

    def __init__(self, before=lambda job: None):
        self.before, self.ran = before, []

    def slots(self, device):
        return "this process"

    def run(self, jobs, open_worker, *, timeout, device):
        runner = CellRunner("cpu")
        for job in jobs:
            self.ran.append(job.label)
            outcome = self.before(job)
            if outcome is None:
                try:
                    runner.run(job.body, Path(job.body["out"]))
                    outcome = CellOutcome(job.key, "done")
                except GsxError as error:
                    outcome = CellOutcome(job.key, "error", str(error), error.exit_code)
            yield outcome


@pytest.fixture
def bench(folders):
    return Bench(folders)


@pytest.fixture
def in_process():
    return InProcess
