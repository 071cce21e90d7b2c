"""What a step is given: crops of pictures that say who they are."""

import pytest
import torch

from gsx.training.adversarial.pictures import read_domains
from gsx.training.adversarial.step import Figures, Step
from gsx.training.interrupt import StopRequest

from .training_toys import make_job, make_marked, make_trainer, marks_of

CONDITIONAL = {"name": "style-patchgan", "base_channels": 2, "layers": 1, "scales": 1}
HELD_OUT = {"held_out_share": 0.0, "held_out": []}
STEPS, BATCH = 8, 2


def draw(folder, styles):
    """A trainer, and every batch of its training, whose steps do nothing."""
    make_marked(folder / "content", STEPS * BATCH)
    make_marked(folder / "style", styles)
    train = {**HELD_OUT, "steps": STEPS, "batch": BATCH, "sample_every": 99, "gauge_every": 99}
    trainer, batches = make_trainer(make_job(folder, discriminator=CONDITIONAL, train=train)), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Step, "__call__", lambda self, phase, batch, **_: batches.append(batch) or Figures(phase.name))
        trainer.run(StopRequest(), {})
    assert len(batches) == STEPS
    return trainer, batches


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Of sixteen styles each is drawn once."""
    return draw(tmp_path_factory.mktemp("drawn"), STEPS * BATCH)


def test_marks_are_read_off_crops(tmp_path):
    make_marked(tmp_path / "content", 5), make_marked(tmp_path / "style", 5)
    content, _ = read_domains(make_job(tmp_path, train=HELD_OUT))
    assert sorted(marks_of(content.batch(0, 5, torch.device("cpu")))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("side", ["content", "style"])
def test_a_round_takes_every_picture_once(drawn, side):
    marks = [mark for batch in drawn[1] for mark in marks_of(getattr(batch, side))]
    assert sorted(marks) == list(range(STEPS * BATCH))


def test_matched_is_another_crop_of_the_same_picture(drawn):
    for batch in drawn[1]:
        assert marks_of(batch.matched) == marks_of(batch.style)
        for one, again in zip(batch.matched, batch.style, strict=True):
            assert not torch.equal(one, again)


def test_other_is_of_another_picture(drawn):
    for batch in drawn[1]:
        for one, another in zip(marks_of(batch.style), marks_of(batch.other), strict=True):
            assert one != another


@pytest.mark.parametrize("styles", [2, 3])
def test_other_is_of_another_picture_however_few_there_are(tmp_path, styles):
    """Where a round ends within a batch, too."""
    test_other_is_of_another_picture(draw(tmp_path, styles))


def test_each_sample_lies_elsewhere_in_the_noise(drawn):
    trainer, batches = drawn
    places = torch.cat([batch.origin for batch in batches])
    assert places.shape == (STEPS * BATCH, 2)
    assert len({tuple(place) for place in places.tolist()}) == STEPS * BATCH
    strides = [trainer.networks.layout[level].stride for level in trainer.networks.levels]
    assert all((places % stride == 0).all() for stride in strides), "so that no level falls between two cells"


def test_mixing_numbers_differ_from_step_to_step(drawn):
    numbers = torch.cat([batch.mixing.flatten() for batch in drawn[1]])
    assert len(set(numbers.tolist())) == STEPS * BATCH
    assert 0 <= numbers.min() <= numbers.max() < 1


def test_no_two_sides_or_seeds_draw_alike(tmp_path):
    """From folders with the same pictures: another order and other crops, for each side and each seed."""
    for side in ("content", "style"):
        make_marked(tmp_path / side, 12)
    batches = [
        domain.batch(0, 12, torch.device("cpu"))
        for seed in (0, 1, 2)
        for domain in read_domains(make_job(tmp_path, run={"seed": seed}, train=HELD_OUT))
    ]
    orders = [tuple(marks_of(batch)) for batch in batches]
    assert len(set(orders)) == len(batches)
    in_order = [batch[torch.tensor(order).argsort()] for batch, order in zip(batches, orders, strict=True)]
    for index, one in enumerate(in_order):
        for another in in_order[index + 1 :]:
            assert not torch.equal(one, another)
