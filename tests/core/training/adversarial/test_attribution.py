"""What each term does: against gradients worked out by hand, and without touching the training."""

import math

import pytest
import torch
from torch import nn

from gsx.training.adversarial.attribution import at_generator, at_picture, summary
from gsx.training.adversarial.train import train

from .training_toys import assert_same, make_job, numbers_of


def test_by_hand():
    """Terms a·x and b·x of one picture: gradients a and b, whose norms and angle are known."""
    picture = torch.zeros(1, 1, 1, 2, requires_grad=True)
    a, b = torch.tensor([3.0, 4.0]).view(1, 1, 1, 2), torch.tensor([-4.0, 3.0]).view(1, 1, 1, 2)
    terms = {"one": (a * picture).sum(), "other": (2 * b * picture).sum(), "against": (-a * picture).sum()}
    found = at_picture(terms, picture)
    assert torch.equal(found["other"], 2 * b)
    told = summary(found)
    assert told["norm"] == {"one": 5.0, "other": 10.0, "against": 5.0}
    assert told["share"] == {"one": 0.25, "other": 0.5, "against": 0.25}
    assert told["cosine"] == {"one | other": 0.0, "one | against": -1.0, "other | against": 0.0}


def test_a_term_that_pulls_nowhere_has_no_direction():
    told = summary({"one": torch.zeros(2), "other": torch.ones(2)})
    assert told["share"] == {"one": 0.0, "other": 1.0}
    assert told["cosine"] == {"one | other": None}
    assert summary({"one": torch.zeros(2)})["share"] == {"one": 0.0}


def test_at_the_generator_is_the_gradient_of_each_term_alone():
    generator = nn.Conv2d(3, 3, 3, padding=1)
    made = generator(torch.rand(2, 3, 6, 6))
    picture = made.detach().requires_grad_()
    weights = torch.rand(2, 3, 6, 6)
    terms = {"square": picture.square().mean(), "linear": (weights * picture).sum()}
    found = at_generator(made, at_picture(terms, picture), generator)
    for name, loss in (("square", made.square().mean()), ("linear", (weights * made).sum())):
        alone = torch.autograd.grad(loss, list(generator.parameters()), retain_graph=True)
        torch.testing.assert_close(found[name], torch.cat([part.flatten() for part in alone]))


@pytest.fixture(scope="module")
def attributed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attributed")
    train(make_job(folder, out="often", train={"explain_every": 1}))
    train(make_job(folder, out="never", train={"explain_every": 1000}))
    return folder


def test_measuring_changes_no_weight(attributed):
    often, never = attributed / "often", attributed / "never"
    lines = {"often": numbers_of(often), "never": numbers_of(never)}
    assert [line for line in lines["never"] if "attribution" in line] == []
    (often / "metrics.jsonl").write_text("")
    (never / "metrics.jsonl").write_text("")
    assert_same(often, never)


def test_what_a_training_notes(tmp_path):
    job = make_job(tmp_path, train={"explain_every": 2, "identity_every": 0})
    train(job)
    lines = [line for line in numbers_of(job.out) if "attribution" in line]
    assert [line["step"] for line in lines] == [4, 6, 8, 10, 12]
    for line in lines:
        names = {"content", "mean-std", "gram", "tv"} | ({"adversarial"} if line["phase"] == "C" else set())
        for place in ("picture", "generator"):
            told = line["attribution"][place]
            assert set(told["norm"]) == set(told["share"]) == names
            assert math.isclose(sum(told["share"].values()), 1, rel_tol=1e-6)
            assert len(told["cosine"]) == len(names) * (len(names) - 1) // 2
            assert all(-1.0001 <= value <= 1.0001 for value in told["cosine"].values())
    judged = lines[-1]
    assert judged["attribution"]["picture"]["norm"]["adversarial"] == pytest.approx(
        judged["numbers"]["adversarial weight"] * judged["numbers"]["adversarial pull"], rel=1e-4
    )
