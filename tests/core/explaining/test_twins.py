"""compare_twins: what a term did, from generators that had it and one that had not."""

import pytest
import torch

import gsx
from gsx.api import ContractError, RecipeError
from gsx.testing import picture as smooth
from gsx.training.adversarial.train import train

from ..training.adversarial.training_toys import TABLES, make_job
from .explaining_toys import LAYOUT, TwoLayers, mix, picture, rows

CONTENT, STYLE = picture(8, 12, count=2) * 0.4 + 0.2, picture(10, 10, seed=1)


def twin(right: float = 0.0, left: float = 0.0, seed: int = 0) -> gsx.Pipeline:
    """Adds ``left`` to red in the left half and ``right`` in the right one."""

    def generator(fused, content, context):
        moved = content.clone()
        moved[:, 0, :, :6] += left
        moved[:, 0, :, 6:] += right
        return moved

    return gsx.Pipeline(TwoLayers(seed), mix, generator, layout=LAYOUT)


def redness(outputs):
    return outputs.stylized[:, 0].mean((1, 2)) - 2


def test_planted_terms():
    # One term reddens the right half, the other the left one and takes 0.1 off the right.
    without = {"right": twin(left=0.2, right=-0.1), "left": twin(right=0.3)}
    found = gsx.compare_twins(twin(left=0.2, right=0.2), without, CONTENT, STYLE, score=redness)
    right, left = (found.maps[name].values for name in ("right", "left"))
    assert {heat.on for heat in found.maps.values()} == {"stylized"}
    torch.testing.assert_close(right[..., 6:], torch.full((2, 8, 6), 0.3))
    assert not right[..., :6].any()
    torch.testing.assert_close(left[..., :6], torch.full((2, 8, 6), 0.2))
    torch.testing.assert_close(left[..., 6:], torch.full((2, 8, 6), -0.1))
    for sample in range(2):
        assert rows(found, sample) == pytest.approx({"right": 0.15, "left": 0.05}, abs=1e-6)
        changes = {row.unit: row.image_change for row in found.values[sample]}
        assert changes == pytest.approx({"right": 0.05, "left": 0.05}, abs=1e-6)
    assert found.provenance["score"] == pytest.approx(redness(twin(0.2, 0.2)(CONTENT, STYLE)).tolist())


def test_twins_that_make_the_same_are_null():
    found = gsx.compare_twins(twin(0.2, 0.2), {"idle": twin(0.2, 0.2005)}, CONTENT, STYLE, score=redness)
    assert found.null
    assert "no term shaped anything" in found.null_reason


def test_refusals():
    with pytest.raises(ContractError, match="no twin"):
        gsx.compare_twins(twin(), {}, CONTENT, STYLE)
    with pytest.raises(ContractError, match="without gram gets other fused maps"):
        gsx.compare_twins(twin(), {"gram": twin(seed=1)}, CONTENT, STYLE, score=redness)
    with pytest.raises(RecipeError, match="stile"):
        gsx.compare_twins(twin(), {"gram": twin(0.1)}, CONTENT, STYLE, score="stile")


def test_trainings_with_and_without_style(tmp_path):
    short = {"steps": 4, "sample_every": 4, "reconstruct": 0, "adversarial_from": 0.0, "generator": {"lr": 0.02}}
    content, style = {"name": "content", "target": "fused", "relative": True}, {"name": "mean-std", "weight": 30.0}
    losses = {"whole": [content, style], "plain": [content]}
    pipelines = {}
    for name, terms in losses.items():
        train(make_job(tmp_path, name, train=short, loss=terms))
        tables = {"extractor": TABLES["extractor"], "generator": {"weights": str(tmp_path / name)}}
        pipelines[name] = gsx.Pipeline.from_recipe(tables)
    content, style = smooth(1, (32, 40), seed=1), smooth(1, (32, 32), seed=2)
    found = gsx.compare_twins(pipelines["whole"], {"style": pipelines["plain"]}, content, style, score="style@relu3_1")
    assert not found.null
    made, bare = (pipelines[name](content, style).stylized for name in losses)
    (row,) = found.values[0]
    assert row.image_change == pytest.approx((made - bare).abs().mean().item(), rel=1e-4)
    assert found.maps["style"].values.shape == (1, 32, 40)
