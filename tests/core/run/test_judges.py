"""Judges: loaded once, the same everywhere, their maps of contents and styles kept and bounded."""

import pytest
import torch

from gsx.api import ContractError, RecipeError, WeightsError
from gsx.plugins import installed_catalog
from gsx.run.judges import JUDGE_SEED, Judges, network_label, picture_digest
from gsx.testing.outputs import toy_outputs

SLIM = {"name": "vgg19-slim", "weights": "random", "widths": [4, 4, 4, 4, 4], "batch_norm": False}


@pytest.fixture
def judges():
    return Judges(installed_catalog())


@pytest.fixture
def looks(monkeypatch):
    """Every picture that a judge looked at, and for which layers."""
    seen = []
    plain = Judges._look

    def counted(self, judge, image, names):
        seen.append((tuple(image.shape), tuple(names)))
        return plain(self, judge, image, names)

    monkeypatch.setattr(Judges, "_look", counted)
    return seen


def test_a_pass_as_the_judge_sees_it(judges):
    outputs = toy_outputs(2)
    judged = judges.outputs(SLIM, outputs)
    judge = judges.get(SLIM)
    assert judged.layout == judge.layout
    assert list(judged.content_maps) == list(judge.layout)
    for name in judge.layout:
        expected = {
            role: judge.extractor(getattr(outputs, role), [name])[name] for role in ("content", "style", "stylized")
        }
        torch.testing.assert_close(judged.content_maps[name], expected["content"])
        torch.testing.assert_close(judged.style_maps[name], expected["style"])
        torch.testing.assert_close(judged.stylized_maps[name], expected["stylized"])
    assert judged.stylized is outputs.stylized
    assert judged.fused == {}


def test_random_weights_do_not_follow_anybody_s_seed(judges):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = judges.get(SLIM).extractor.state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    second = Judges(installed_catalog()).get(SLIM).extractor.state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_known_weights_of_the_default_judge(judges):
    """A figure under random weights is comparable between machines only while these are the same."""
    weight = judges.get({"name": "vgg16", "weights": "random"}).extractor.features[0].weight
    torch.testing.assert_close(
        weight[0, 0].flatten()[:3], torch.tensor([-0.0404154509, 0.0110107865, 0.0464561507]), rtol=1e-4, atol=1e-6
    )


def test_contents_and_styles_are_looked_at_once_and_results_lazily(judges, looks):
    outputs = toy_outputs(1)
    judges.outputs(SLIM, outputs, ["relu3_1"])
    assert [names for _, names in looks] == [("relu3_1",)] * 2
    again = judges.outputs(SLIM, toy_outputs(1), ["relu3_1"])
    assert len(looks) == 2
    assert again.stylized_maps
    assert again.stylized_maps
    assert len(looks) == 3
    judges.outputs(SLIM, outputs, ["relu3_1", "relu1_1"])
    assert [names for _, names in looks[3:]] == [("relu1_1",)] * 2, "only what is not there yet"
    judges.outputs({**SLIM, "widths": [5, 4, 4, 4, 4]}, outputs, ["relu3_1"])
    assert len(looks) == 7, "another judge"
    assert list(judges.outputs(SLIM, outputs, ["relu3_1", "relu1_1"]).content_maps) == ["relu1_1", "relu3_1"]


def test_what_is_kept_is_bounded_and_stays_where_it_is_next_to_come_round(looks):
    one = toy_outputs(1)
    size = Judges(installed_catalog()).outputs(SLIM, one, ["relu2_1"]).content_maps["relu2_1"].nbytes
    judges = Judges(installed_catalog(), most=3.5 * size / 2**20)
    looks.clear()
    judges.outputs(SLIM, one, ["relu2_1"])  # content a, style b
    other = toy_outputs(1, content=one.stylized)
    judges.outputs(SLIM, other, ["relu2_1"])  # content c; b again
    assert len(looks) == 3
    assert judges._bytes == 3 * size
    judges.outputs(SLIM, toy_outputs(1, content=one.content.flip(-1)), ["relu2_1"])  # d, and out goes c
    assert len(looks) == 4
    judges.outputs(SLIM, one, ["relu2_1"])
    assert len(looks) == 4, "neither a nor b was given up"
    judges.outputs(SLIM, other, ["relu2_1"])
    assert len(looks) == 5
    assert judges._bytes <= 3.5 * size


def test_a_kept_map_that_somebody_wrote_over_is_made_again(judges, looks):
    outputs = toy_outputs(1)
    first = judges.outputs(SLIM, outputs, ["relu2_1"]).content_maps["relu2_1"]
    clean = first.clone()
    first.mul_(2)
    again = judges.outputs(SLIM, outputs, ["relu2_1"]).content_maps["relu2_1"]
    assert torch.equal(again, clean)
    assert len(looks) == 3


def test_a_judge_that_cannot_be_had(judges, tmp_path, monkeypatch):
    monkeypatch.setenv("GSX_CACHE", str(tmp_path))
    section = {"name": "resnet18", "weights": "imagenet"}
    for _ in range(2):
        with pytest.raises(WeightsError, match="not on this machine"):
            judges.outputs(section, toy_outputs(1))
    assert judges.label(section) == "resnet18 imagenet, missing"
    with pytest.raises(RecipeError, match="vgg19"):
        judges.get({"name": "vgg91"})
    with pytest.raises(RecipeError, match=r"judge\.smoothing"):
        judges.get({"name": "vgg19", "smoothing": "much"})
    with pytest.raises(ContractError, match="relu9_1"):
        judges.outputs(SLIM, toy_outputs(1), ["relu9_1"])


def test_labels_tell_what_must_not_be_compared(judges):
    assert judges.label({"name": "vgg16", "weights": "random"}) == "vgg16 random"
    assert judges.label({"name": "vgg19"}) == "vgg19 1c637d22"
    smooth = judges.label({"name": "vgg19", "smoothing": "softmax", "temperature": 2.0})
    assert smooth == "vgg19 1c637d22 smoothing=softmax temperature=2.0"
    chosen = judges.get({"name": "vgg16", "weights": "random"}).chosen
    assert network_label(chosen, None, JUDGE_SEED + 1) == "vgg16 random, seed 1"


def test_digest_is_of_bytes_and_shape():
    image = torch.rand(1, 3, 4, 6)
    assert picture_digest(image) == picture_digest(image.clone(memory_format=torch.channels_last))
    assert picture_digest(image) != picture_digest(image.reshape(1, 3, 6, 4))
    assert picture_digest(image) != picture_digest(image + 1e-6)
