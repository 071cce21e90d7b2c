"""The discriminator's lesson: what it is shown, beside which style, and what is said of how well it does."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from gsx.training.adversarial.augment import Augment

from .test_step import BATCH, STYLE, STYLISE, build

CONDITIONAL = {"name": "style-patchgan", "base_channels": 2, "layers": 1, "scales": 1}
RANDOM = torch.Generator().manual_seed(9)
MATCHED, OTHER = (torch.rand(2, 3, 32, 32, generator=RANDOM) for _ in range(2))
LESSON = replace(BATCH, matched=MATCHED, other=OTHER)
NAMES = {"style": STYLE, "matched": MATCHED, "other": OTHER, "content": BATCH.content}


def name_of(picture):
    """Which picture of the lesson this is; what is none of them was made."""
    return next(
        (f"{name} {i}" for name, many in NAMES.items() for i in (0, 1) if torch.equal(picture, many[i])), "made"
    )


def pairs_of(judge, order):
    """Notes (who learns, picture, style) of every picture that is judged."""
    seen = []

    def note(module, given):
        learner = "generator" if "discriminator" in order else "discriminator"
        seen.extend((learner, name_of(one), name_of(style)) for one, style in zip(*given, strict=True))

    judge.register_forward_pre_hook(note)
    return seen


class Oracle(nn.Module):
    """Knows the real pictures by heart, and is as sure as it is told to be."""

    def __init__(self, known, sure):
        super().__init__()
        self.known, self.sure = known, nn.Parameter(torch.tensor(sure))

    def forward(self, image):
        right = torch.stack([(image - one).abs().mean((1, 2, 3)) < 1e-6 for one in self.known]).any(0)
        return [(self.sure * (2.0 * right - 1)).view(-1, 1, 1, 1) + 0 * image.mean()]


class Matchmaker(nn.Module):
    """A picture goes with a style of its own brightness; ``sense`` -1 has it the wrong way round."""

    def __init__(self, sense):
        super().__init__()
        self.sense = nn.Parameter(torch.tensor(sense))

    def forward(self, image, style):
        return [self.sense * (0.2 - (image.mean((1, 2, 3)) - style.mean((1, 2, 3))).abs()).view(-1, 1, 1, 1)]


def test_it_is_shown_what_goes_together_what_was_made_and_what_does_not_go_together(tmp_path):
    step, networks, order = build(tmp_path, discriminator=CONDITIONAL, train={"augment": []})
    seen = pairs_of(networks.discriminator, order)
    step(STYLISE, LESSON)
    for number in (0, 1):
        style, other = f"style {number}", f"other {number}"
        lesson = {pair for pair in seen if pair[0] == "discriminator" and pair[2] in (style, other)}
        assert lesson == {
            ("discriminator", f"matched {number}", style),
            ("discriminator", "made", style),
            ("discriminator", f"matched {number}", other),
        }
    assert {pair[1:] for pair in seen if pair[0] == "generator"} == {("made", "style 0"), ("made", "style 1")}


def test_one_that_looks_at_no_style_is_shown_the_styles_themselves(tmp_path):
    step, networks, order = build(tmp_path, train={"augment": []})
    seen = []
    networks.discriminator.register_forward_pre_hook(
        lambda module, given: seen.extend((len(order), name_of(one)) for one in given[0])
    )
    step(STYLISE, BATCH)
    assert {name for when, name in seen if when == 0} == {"style 0", "style 1", "made"}
    assert {name for when, name in seen if when == 1} == {"made"}


@pytest.mark.parametrize(("sense", "share"), [(1.0, 1.0), (-1.0, 0.0)])
def test_a_real_picture_beside_anothers_style_counts_as_wrong(tmp_path, sense, share):
    step, networks, _ = build(tmp_path, discriminator=CONDITIONAL, train={"augment": []})
    networks.discriminator = Matchmaker(sense)
    bright, dark = torch.full_like(STYLE, 0.9), torch.full_like(STYLE, 0.1)
    figures = step(STYLISE, replace(BATCH, style=bright, matched=bright, other=dark))
    assert figures.numbers["accuracy of styles"] == share


@pytest.mark.parametrize("away", [0.0, 0.3, 0.6])
def test_what_does_not_go_together_costs_as_much_as_what_was_made(tmp_path, away):
    """By hinge, half of each lesson: 1 - real + 1 + fake, and 1 - real + 1 + others, with logits 0.2 - distance."""
    step, networks, _ = build(tmp_path, discriminator=CONDITIONAL, train={"augment": []})
    networks.discriminator = Matchmaker(1.0)
    bright = torch.full_like(STYLE, 0.9)
    figures = step(STYLISE, replace(BATCH, style=bright, matched=bright, other=bright - away))
    real, fake, others = 0.2, figures.numbers["fake"], 0.2 - away
    assert figures.terms["discriminator"] == pytest.approx((2 * (1 - real) + (1 + fake) + (1 + others)) / 2, rel=1e-5)


@pytest.mark.parametrize("discriminator", [CONDITIONAL, None], ids=["conditional", "plain"])
def test_whatever_is_judged_was_augmented(tmp_path, monkeypatch, discriminator):
    """Augmentation that leaves black: in neither learner's step is anything else judged."""
    monkeypatch.setattr(Augment, "forward", lambda self, image: 0 * image)
    step, networks, order = build(tmp_path, **({"discriminator": discriminator} if discriminator else {}))
    seen = {"discriminator": 0.0, "generator": 0.0}

    def note(module, given):
        learner = "generator" if "discriminator" in order else "discriminator"
        seen[learner] = max(seen[learner], given[0].abs().max().item())

    networks.discriminator.register_forward_pre_hook(note)
    figures = step(STYLISE, LESSON if discriminator else BATCH)
    assert order == ["discriminator", "generator"]
    assert seen == {"discriminator": 0.0, "generator": 0.0}
    assert figures.numbers["adversarial pull"] == 0, "its gradient comes by way of the augmentation"


@pytest.mark.parametrize(("sure", "share"), [(1.0, 1.0), (-1.0, 0.0), (0.0, 0.0)])
def test_its_accuracy_is_the_share_that_it_has_right(tmp_path, sure, share):
    step, networks, _ = build(tmp_path, train={"augment": []})
    networks.discriminator = Oracle(STYLE, sure)
    numbers = step(STYLISE, BATCH).numbers
    assert numbers["accuracy"] == share
    assert (numbers["real"], numbers["fake"]) == (sure, -sure)


@pytest.mark.parametrize("weight", [2.5, 10.0])
def test_r1_counts_by_its_weight(tmp_path, weight):
    penalties = {
        r1: build(tmp_path, train={"augment": [], "r1": r1})[0](STYLISE, BATCH).terms["penalty"]
        for r1 in (0.0, 1.0, weight)
    }
    assert penalties[0.0] == 0
    assert penalties[1.0] > 0
    assert penalties[weight] == pytest.approx(weight * penalties[1.0], rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "wanted"), [("hinge", 2.0), ("bce", 2 * math.log(2)), ("lsgan", 0.5), ("wgan-gp", 0.0)]
)
def test_what_an_undecided_one_pays(tmp_path, loss, wanted):
    step, _, _ = build(tmp_path, adversarial={"name": loss})
    assert step.undecided() == pytest.approx(wanted)
