"""Trackers get the numbers of a training."""

import pytest

from gsx.errors import RecipeError
from gsx.training.adversarial.train import train
from gsx.training.trackers import flat, numbers_of

from .training_toys import make_job


def test_tensorboard_gets_every_number(tmp_path):
    pytest.importorskip("tensorboard", reason="an extra: pip install 'gsx[tensorboard]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(make_job(tmp_path, train={"steps": 4, "trackers": ["tensorboard"], "explain_every": 3}))
    events = EventAccumulator(str(tmp_path / "run" / "tracked"))
    events.Reload()
    names = set(events.Tags()["scalars"])
    assert {"terms/pixels", "terms/mean-std", "terms/discriminator", "numbers/adversarial weight"} <= names
    assert any(name.startswith("share at the picture/") for name in names)
    assert [event.step for event in events.Scalars("terms/discriminator")][-1] == 4


def test_a_tracker_that_is_not_there(tmp_path):
    job = make_job(tmp_path, train={"trackers": ["abacus"]})
    with pytest.raises(RecipeError, match="tracker 'abacus' is unknown or not installed"):
        train(job)
    assert not job.out.exists(), "refused before anything is made"


def test_names():
    line = {
        "terms": {"content": 1.0},
        "attribution": {"picture": {"norm": {"content": 3.0}, "share": {"content": 0.5}, "cosine": {"a | b": None}}},
        "gauges": [{"name": "diversity", "value": 0.1}, {"name": "retrieval", "value": None}],
    }
    assert numbers_of(line) == {"terms/content": 1.0, "share at the picture/content": 0.5, "gauges/diversity": 0.1}
    assert dict(flat({"a": {"b": 1, "c": None}, "d": [1, 2]})) == {"a.b": 1, "a.c": "None", "d": "[1, 2]"}
