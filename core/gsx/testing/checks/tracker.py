"""Rules for trackers: started, told a few numbers and finished in a folder of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gsx.testing.compare import require
from gsx.testing.subject import Subject

RECIPE: Mapping[str, Any] = {
    "generator": {"name": "toy-shift"},
    "fusion": {"name": "toy-mean", "alpha": 1.0},
    "loss": [{"name": "toy-colour"}],
    "train": {"steps": 2, "trackers": []},
    "run": {"seed": 0},
}
LINES: Sequence[tuple[Mapping[str, float], int]] = (
    ({"terms/toy-colour": 0.5, "numbers/accuracy": 1.0}, 1),
    ({"terms/toy-colour": 0.25}, 2),
    ({"gauges/diversity": 0.1}, 2),
)


def bears_a_training(subject: Subject) -> None:
    """It starts, takes the numbers of steps, also two lines of one step, and finishes."""
    with TemporaryDirectory() as folder:
        _track(subject, LINES, Path(folder))


def bears_an_early_end(subject: Subject) -> None:
    """It finishes where there were no numbers at all."""
    with TemporaryDirectory() as folder:
        _track(subject, (), Path(folder))


def starts_again(subject: Subject) -> None:
    """It starts again in the folder of a training that is taken up again."""
    with TemporaryDirectory() as folder:
        for line in LINES:
            _track(subject, [line], Path(folder))


def keeps_to_its_folder(subject: Subject) -> None:
    """In the training's folder it writes below ``tracked`` and nowhere else: the rest belongs to the training."""
    with TemporaryDirectory() as folder:
        _track(subject, LINES, Path(folder))
        stray = sorted(path.name for path in Path(folder).iterdir() if path.name != "tracked")
    require(not stray, f"it wrote {', '.join(stray)}; files of its own go into folder / 'tracked'")


def _track(subject: Subject, lines: Sequence[tuple[Mapping[str, float], int]], folder: Path) -> None:
    tracker = subject.spec.load()(subject.options, folder, dict(RECIPE))
    for numbers, step in lines:
        tracker.log(dict(numbers), step)
    tracker.finish()


CHECKS = (bears_a_training, bears_an_early_end, starts_again, keeps_to_its_folder)
