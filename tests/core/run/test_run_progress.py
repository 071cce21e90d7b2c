"""An optimisation that got nowhere is told as that, in the run and in its control."""

import pytest

from gsx.run.job import run_pair
from gsx.run.progress import stalled

from .run_toys import build


@pytest.fixture(scope="module")
def pipeline():
    return build(generator={"name": "pixels", "iterations": 12}, run={"size": 40})


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([20.0, 109.0, 19.9], "its loss went from 20 to 19.9 at best"),
        ([20.0, 20.0], "from 20 to 20 at best"),
        ([20.0, 17.9], None),
        ([20.0, 5.0, 100.0], None),
        ([1e-9, 1e-9], None),
        ([20.0], None),
        ([], None),
    ],
)
def test_stalled(losses, said):
    found = stalled(losses)
    assert (found is None) == (said is None)
    assert said is None or said in found


def stuck(self, fused, content, context):
    for index, loss in enumerate((20.0, 109.0, 112.0), 1):
        context.step(index, 3, {"loss": loss})
    return content


def test_the_run_says_so(pipeline, pair, out, monkeypatch):
    monkeypatch.setattr("gsx_generators.pixels.Pixels.__call__", stuck)
    result = run_pair(pipeline, pair, out)
    (note,) = [text for text in result["notes"] if "gained next to nothing" in text]
    assert note.startswith("The result is close to the content, for the optimisation")
    assert note in (out / "report.html").read_text(encoding="utf-8")


def test_the_controls_failure_is_not_taken_for_the_fusions_effect(pipeline, pair, out, monkeypatch):
    from gsx_generators.pixels import Pixels

    plain, calls = Pixels.__call__, []

    def second_time_stuck(self, fused, content, context):
        calls.append(1)
        return (stuck if len(calls) == 2 else plain)(self, fused, content, context)

    monkeypatch.setattr(Pixels, "__call__", second_time_stuck)
    result = run_pair(pipeline, pair, out)
    assert result["notes"] == [text for text in result["notes"] if "next to nothing" not in text]
    assert "gained next to nothing" in result["fusion_effect"]["not_applicable"]
    assert "mean_abs_difference" not in result["fusion_effect"]


def test_an_ordinary_run_says_nothing(pipeline, pair, out):
    result = run_pair(pipeline, pair, out)
    assert not [text for text in result["notes"] if "next to nothing" in text]
    assert "mean_abs_difference" in result["fusion_effect"]
