"""Steps that are skipped: how many in a row are borne, also over an interruption."""

import pytest

from gsx.errors import DivergedError, InterruptedRun
from gsx.training.adversarial.step import Figures, NotFinite, Step
from gsx.training.adversarial.train import train

from .training_toys import make_job

SETTINGS = {"reconstruct": 0.0, "identity_every": 0, "sample_every": 99, "gauge_every": 99, "bad_steps": 3}


@pytest.fixture
def play(monkeypatch):
    """Steps that do nothing but go well (``+``), or not (``-``); ``!`` does not either, and someone asks to stop."""

    def play(job, course):
        left = iter(course)

        def step(self, phase, batch, **named):
            now = next(left)
            job.screen.stop = now == "!"
            if now in "-!":
                raise NotFinite("content")
            return Figures(phase.name)

        monkeypatch.setattr(Step, "__call__", step)

    return play


@pytest.mark.parametrize("course", ["--+--+--+--+", "-+-+-+-+-+-+", "+++--+++++--"])
def test_a_good_step_between_begins_the_count_anew(tmp_path, play, course):
    job = make_job(tmp_path, train=SETTINGS)
    play(job, course)
    assert train(job)["skipped_steps"] == {"content": course.count("-")}


@pytest.mark.parametrize("course", ["---", "++---", "--+-+---"])
def test_the_third_in_a_row_stops_it(tmp_path, play, course):
    job = make_job(tmp_path, train=SETTINGS)
    play(job, course)
    with pytest.raises(DivergedError, match=f"in step {len(course)}, the last of 3 bad steps in a row"):
        train(job)


@pytest.mark.parametrize(("before", "after", "fatal"), [("++-!", "-", 5), ("+++!", "--", 6), ("--+!", "+---", 8)])
def test_the_count_goes_on_where_it_was_interrupted(tmp_path, play, before, after, fatal):
    job = make_job(tmp_path, train=SETTINGS)
    play(job, before)
    with pytest.raises(InterruptedRun, match="step 4 of 12"):
        train(job)
    job = make_job(tmp_path, train=SETTINGS)
    play(job, after)
    with pytest.raises(DivergedError, match=f"in step {fatal}, the last of 3 bad steps in a row"):
        train(job, resume=True)


def test_a_good_step_after_the_interruption_begins_it_anew(tmp_path, play):
    job = make_job(tmp_path, train=SETTINGS)
    play(job, "++-!")
    with pytest.raises(InterruptedRun):
        train(job)
    job = make_job(tmp_path, train=SETTINGS)
    play(job, "+--+--++")
    assert train(job, resume=True)["skipped_steps"] == {"content": 6}
