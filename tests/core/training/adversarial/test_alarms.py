"""When a gauge past its bound is a warning: after it was once within, or from halfway on; and what sets it off."""

import pytest
import torch

from gsx.images import save_png
from gsx.training.adversarial.gauges.gauge import Gauge
from gsx.training.adversarial.gauges.panel import Panel
from gsx.training.adversarial.step import Figures, Step
from gsx.training.interrupt import StopRequest

from .training_toys import make_job, make_trainer

VERDICTS = {"+": True, "-": False, "0": None}


def warnings_of(tmp_path, monkeypatch, **courses):
    """(name, number of the reading) of each warning, where the gauges read as given, one reading every two steps."""
    [count] = {len(course) for course in courses.values()}
    train = {"steps": 2 * count, "gauge_every": 2, "sample_every": 99, "checkpoint_every": 99}
    job = make_job(tmp_path, train=train)
    trainer = make_trainer(job)
    monkeypatch.setattr(Step, "__call__", lambda self, phase, batch, **named: Figures(phase.name))
    monkeypatch.setattr(
        Panel,
        "read",
        lambda self, lines, step, batch: [
            Gauge(name, 0.5, VERDICTS[course[step // 2 - 1]], "at most 0.1", "Try it.")
            for name, course in courses.items()
        ],
    )
    trainer.run(StopRequest(), {})
    noted = [note for note in job.screen.notes if note.startswith("warning")]
    assert all(note.endswith("is 0.50, and should be at most 0.1. Try it.") for note in noted)
    return [(name, at + 1) for at in range(count) for name in courses if any(_is(note, name, at) for note in noted)]


def _is(note, name, at):
    return note.startswith(f"warning at step {2 * at + 2}: {name} is")


@pytest.mark.parametrize(
    ("course", "wanted"),
    [
        ("++++++++", []),
        ("00000000", []),
        ("--------", [4, 5, 6, 7, 8]),
        ("--+-++++", [4]),
        ("+--+++++", [2, 3]),
        ("-+-+++++", [3]),
        ("---+++++", []),
        ("+++++++-", [8]),
        ("0--00000", []),
    ],
)
def test_before_halfway_only_what_was_within_its_bound_is_a_warning(tmp_path, monkeypatch, course, wanted):
    assert warnings_of(tmp_path, monkeypatch, diversity=course) == [("diversity", at) for at in wanted]


def test_a_gauge_that_was_well_says_nothing_of_another(tmp_path, monkeypatch):
    found = warnings_of(tmp_path, monkeypatch, diversity="+++++++", retrieval="---++++", order="++-++++")
    assert found == [("order", 3)]


def make_paintings(folder, count, seed, name):
    """Each in shades between two colours of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    random = torch.Generator().manual_seed(seed)
    for number in range(count):
        one, other = torch.rand(2, 1, 3, 1, 1, generator=random)
        coarse = torch.rand(1, 1, 6, 6, generator=random)
        shade = torch.nn.functional.interpolate(coarse, size=(64, 64), mode="bicubic").clamp(0, 1)
        save_png(one * shade + other * (1 - shade), folder / name.format(number))


@pytest.mark.parametrize(
    ("generator", "alarmed"),
    [({"lr": 1e-5}, set()), ({"lr": 0.1, "clip": 0}, {"style retrieval", "diversity", "strength order"})],
    ids=["healthy", "a rate that destroys it"],
)
def test_a_training_warns_where_it_fails_and_not_where_it_goes_well(tmp_path, generator, alarmed):
    """The bundled generator, trained further; no part of it is planted but the rate."""
    for side, apart in (("content", 1), ("style", 16)):
        make_paintings(tmp_path / side, 4, 1, "{}.png")
        make_paintings(tmp_path / side, apart, 2, "test_{}.png")
    options = {
        "generator": generator,
        "steps": 2,
        "gauge_every": 2,
        "reconstruct": 0.0,
        "adversarial_from": 0.0,
        "identity_every": 0,
        "sample_every": 2,
        "checkpoint_every": 2,
        "held_out": ["test_*"],
        "held_out_share": 0.0,
    }
    job = make_job(tmp_path, extractor={"name": "vgg19"}, generator={"weights": "bundled"}, train=options)
    make_trainer(job).run(StopRequest(), {})
    assert {note.split(": ", 1)[1].split(" is ")[0] for note in job.screen.notes} == alarmed
