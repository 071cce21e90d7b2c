"""Gauges within a training: they change nothing, warn, and stop it where that was asked for."""

import json

import pytest

from gsx.errors import CollapsedError
from gsx.training.adversarial.networks import Networks, build_networks
from gsx.training.adversarial.pictures import read_domains
from gsx.training.adversarial.train import train
from gsx.training.adversarial.trainer import Trainer

from ..training_toys import assert_same, make_job, make_pictures


@pytest.fixture
def many(tmp_path):
    """Two kinds of folders; of the styles, twenty are held out."""
    make_pictures(tmp_path / "content", 4, seed=0)
    make_pictures(tmp_path / "style", 5, seed=1)
    for number in range(20):
        folder = make_pictures(tmp_path / "made", 1, seed=100 + number)
        (folder / "0.png").rename(tmp_path / "style" / f"test_{number}.png")
    (tmp_path / "content" / "0.png").rename(tmp_path / "content" / "test_0.png")
    return tmp_path


def readings(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{gauge["name"]: gauge for gauge in line["gauges"]} for line in lines if "gauges" in line]


HELD_OUT = {"held_out": ["test_*"], "held_out_share": 0.0}


def test_every_gauge_reads(many):
    job = make_job(many, train={**HELD_OUT, "gauge_every": 6})
    train(job)
    first, last = readings(job.out)
    for found in (first, last):
        assert found["style retrieval"]["value"] is not None
        assert found["diversity"]["value"] > 0
        assert -1 <= found["strength order"]["value"] <= 1
        assert 0 <= found["discriminator accuracy"]["value"] <= 1
        assert found["discriminator gap"]["value"] is not None
        assert "500 steps" in found["discriminator loss"]["reason"]


def test_a_discriminator_that_has_not_begun_is_not_read(many):
    job = make_job(many, train={**HELD_OUT, "gauge_every": 2, "adversarial_from": 0.5, "steps": 8})
    train(job)
    before, *_, last = readings(job.out)
    for name in ("discriminator accuracy", "discriminator gap"):
        assert before[name]["reason"] == "the discriminator has not begun"
        assert last[name]["value"] is not None


def test_how_many_are_read_at_a_time_changes_nothing(many, monkeypatch):
    taken, extract = [], Networks.extract

    def noted(self, image, layers=None):
        taken.append(len(image))
        return extract(self, image, layers)

    monkeypatch.setattr(Networks, "extract", noted)
    job = make_job(many, train=HELD_OUT)
    networks = build_networks(job.loaded.recipe, job.loaded.plan, job.device)
    panel = Trainer(job, networks, *read_domains(job)).panel
    begun: list = [{"step": 1, "terms": {"discriminator": 2.0}}]
    found = {}
    for share in (3, 24):
        panel._share = share
        taken.clear()
        found[share] = {gauge.name: gauge.value for gauge in panel.read(begun, 0, 2) if gauge.value is not None}
        assert max(taken) == max(4, min(share, 20)), "the strengths are tried with four styles"
    assert len(found[3]) == 5
    assert found[3] == pytest.approx(found[24], rel=1e-4)


def test_reading_changes_no_weight(many):
    for out, every in (("often", 1), ("never", 1000)):
        train(make_job(many, out=out, train={**HELD_OUT, "gauge_every": every}))
        (many / out / "metrics.jsonl").write_text("")
    assert_same(many / "often", many / "never")


def test_a_generator_that_ignores_its_style_is_found(many, monkeypatch):
    monkeypatch.setattr(Networks, "generate", lambda self, fused, content, *given, **named: _trainable(self, content))
    job = make_job(many, train={**HELD_OUT, "gauge_every": 4, "identity_every": 0})
    train(job)
    found = readings(job.out)[-1]
    assert found["style retrieval"]["value"] == pytest.approx(1 / 20)
    assert found["diversity"]["value"] == 0
    warned = [text for text in job.screen.notes if "style retrieval is 0.05" in text]
    assert warned
    assert "Try a larger weight of the style's term" in warned[0]
    assert not [text for text in job.screen.notes if text.startswith("warning at step 4:")], "it had yet to learn"


def test_stop_on_collapse(many, monkeypatch):
    monkeypatch.setattr(Networks, "generate", lambda self, fused, content, *given, **named: _trainable(self, content))
    job = make_job(many, train={**HELD_OUT, "gauge_every": 4, "identity_every": 0})
    job.stop_on_collapse = True
    with pytest.raises(CollapsedError, match=r"Stopped at step 8 of 12: style retrieval is 0\.05"):
        train(job)
    assert (job.out / "checkpoints" / "00000008").is_dir()
    assert not (job.out / "generator.safetensors").exists()


def _trainable(networks, content):
    """The content, with a path for gradients that says nothing of the style."""
    return content + 0 * next(networks.generator.parameters()).sum()


def test_without_held_out_pictures_nothing_is_made_up(tmp_path):
    job = make_job(tmp_path, train={"held_out_share": 0.0, "gauge_every": 12})
    train(job)
    (found,) = readings(job.out)
    for name in ("style retrieval", "diversity", "strength order"):
        assert found[name]["value"] is None
        assert found[name]["reason"].startswith("0 content and 0 style pictures were held out, and it needs 1 and ")
