"""What the panel looks at: paintings that were trained on and others, and every strength."""

import pytest
import torch
from torch import nn

from gsx.training.adversarial.networks import Networks

from ..training_toys import make_job, make_marked, make_trainer, marks_of

BEGUN = [{"step": 1, "terms": {"discriminator": 2.0}}]
TRAINED, APART = 6, 18


@pytest.fixture
def trainer(tmp_path):
    """Of 24 marked paintings the last 18 are held out, and of the contents one."""
    make_marked(tmp_path / "content", 2)
    make_marked(tmp_path / "style", TRAINED + APART, "{:02d}.png")
    held_out = ["1.png", *(f"{number:02d}.png" for number in range(TRAINED, TRAINED + APART))]
    return make_trainer(make_job(tmp_path, train={"held_out": held_out, "held_out_share": 0.0}))


class Rememberer(nn.Module):
    """Takes for real what it knows; of generated pictures and of what it never saw it is equally sure."""

    def __init__(self, known):
        super().__init__()
        self.known, self.seen = known, []

    def forward(self, image):
        marks = marks_of(image)
        self.seen += marks
        flat = image[:, 0].std((1, 2)) < 1e-3  # as paintings are, and nothing that was made is
        logits = [1.0 if mark in self.known and is_flat else -1.0 for mark, is_flat in zip(marks, flat, strict=True)]
        return [torch.tensor(logits).view(-1, 1, 1, 1)]


def read(trainer):
    return {gauge.name: gauge for gauge in trainer.panel.read(BEGUN, 1, 2)}


@pytest.mark.parametrize(
    ("known", "gap", "healthy"), [(range(TRAINED), 1.0, False), (range(TRAINED + APART), 0.0, True)]
)
def test_the_gap_is_between_paintings_that_were_trained_on_and_others(trainer, known, gap, healthy):
    trainer.networks.discriminator = Rememberer(known)
    found = read(trainer)
    assert found["discriminator gap"].value == gap
    assert found["discriminator gap"].healthy is healthy
    assert found["discriminator accuracy"].value == 1.0


def strength_of(networks, fused, maps):
    """How far on its way to the style the fused map of the first level is, by which adain mixes."""
    level = networks.levels[0]
    whole = networks.fusion(*maps, level) - maps[0][level]
    return ((fused[level] - maps[0][level]).norm() / whole.norm()).item()


def test_more_strength_is_tried_step_by_step(trainer, monkeypatch):
    """A generator that does as it is told, from the content to the style itself."""
    told = []

    def generate(self, fused, content, style, maps, **named):
        strength = strength_of(self, fused, maps)
        told.append(round(strength, 3))
        return content + strength * (style - content)

    monkeypatch.setattr(Networks, "generate", generate)
    found = read(trainer)
    assert set(told) == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert found["strength order"].value == pytest.approx(-1.0, abs=0.11)
    assert found["strength order"].healthy
    assert found["style retrieval"].value == 1.0


def test_one_that_does_the_contrary_is_found(trainer, monkeypatch):
    def generate(self, fused, content, style, maps, **named):
        return style + strength_of(self, fused, maps) * (content - style)

    monkeypatch.setattr(Networks, "generate", generate)
    assert read(trainer)["strength order"].value > 0.8
