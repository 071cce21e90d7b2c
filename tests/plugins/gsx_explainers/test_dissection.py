"""Dissection of channels whose regions and effects are known."""

import pytest
import torch

from gsx.api import ContractError
from gsx_explainers.dissection import Dissection
from gsx_explainers.options import DissectionOptions

from .function_probe import FunctionProbe, drawn

MASK = torch.zeros(1, 1, 8, 8)
MASK[..., :4, :4] = 1


def dissect(probe, **options):
    return Dissection(DissectionOptions(**options)).explain(probe)


def firing(count=1):
    """a fires in the mask, b in half of it and as much beside, c elsewhere, d nowhere, e to h at random."""
    maps = torch.zeros(count, 8, 8, 8)
    maps[:, 0, :4, :4] = 1 + 0.1 * drawn(4, 4)
    maps[:, 1, :4, 2:6] = 2.0
    maps[:, 2, 4:, 4:] = 3.0
    maps[:, 4:] = drawn(4, 8, 8, seed=5)
    return maps


WORTH = torch.tensor([5.0, 3.0, -2.0, 1.0, 0.5, 0.25, 0.0, 0.125])


def score(activation):
    return activation.amax((2, 3)) @ WORTH - 70


def test_overlap_and_effect():
    """IoU 1 for a; b shares 8 of 24 pixels: 1/3."""
    value = firing()
    found = dissect(FunctionProbe(score, value, unit="channels", mask=MASK), count=2)
    assert found.provenance["channels"] == [["a", "b"]]
    assert found.provenance["iou"] == [pytest.approx([1, 1 / 3])]
    peaks = value.amax((2, 3))[0]
    wanted = [(peaks[index] * WORTH[index]).item() for index in (0, 1)]
    assert [(row.unit, row.score_change) for row in found.values[0]] == [
        ("a", pytest.approx(wanted[0], abs=1e-4)),
        ("b", pytest.approx(wanted[1], abs=1e-4)),
    ]
    assert found.provenance["together"] == [pytest.approx(sum(wanted), abs=1e-4)]
    assert [row.figures for row in found.values[0]] == [{"IoU": 1.0}, {"IoU": pytest.approx(1 / 3)}]


def test_the_answer_holds_them_against_random_channels():
    """a and b together are worth over 10, any two of the others at most 4."""
    found = dissect(FunctionProbe(score, firing(), unit="channels", mask=MASK), count=2)
    joint, spread = found.provenance["together"][0], found.provenance["random_deviation"][0]
    (answer,), ((together, others),) = found.answers, found.beside
    assert answer.startswith(
        f"Without the 2 channels that overlap most with the marked region (IoU 0.33 to 1), the score "
        f"falls by {joint:.3g}; without as many others at random it "
    )
    assert "so they stand out from what random channels do" in answer
    assert (together.unit, together.score_change) == ("all 2 together", pytest.approx(joint))
    assert others.unit == f"2 others at random, mean of 10 ± {spread:.2g}"
    assert others.score_change == pytest.approx(found.provenance["random_mean"][0])


def test_channels_like_any_others_do_not_stand_out():
    """a and b fire in the mask, and are worth what others are."""
    worth = torch.tensor([1.0, 1.0, 1.1, 0.9, 1.0, 1.2, 0.8, 1.0])
    probe = FunctionProbe(lambda a: a.mean((2, 3)) @ worth - 70, drawn(1, 8, 8, 8), unit="channels", mask=MASK)
    assert "do not stand out" in dissect(probe, count=2).answers[0]
    assert "too few to compare" in dissect(probe, count=4).answers[0]


def test_a_channel_that_alone_has_an_effect_stands_out_from_others_that_all_have_none():
    probe = FunctionProbe(lambda a: a[:, 0].mean((1, 2)) - 70, firing(), unit="channels", mask=MASK)
    answer = dissect(probe, count=2).answers[0]
    assert "on average (± 0), so they stand out from what random channels do" in answer


def test_the_control_is_random_others_of_the_same_number():
    probe = FunctionProbe(score, firing(2), unit="channels", mask=MASK, seed=3)
    found = dissect(probe, count=2, draws=6)
    control = torch.stack(probe.rows[3:])
    assert control.shape == (6, 2, 8)
    assert ((control == 0).sum(-1) == 2).all()
    assert (control[..., :2] == 1).all(), "the channels that were found are not among them"
    assert len({tuple(row[0].tolist()) for row in control}) > 1
    changes = torch.stack([probe.base - probe.score(probe.edit(row)) for row in control])
    assert found.provenance["random_mean"] == pytest.approx(changes.mean(0).tolist(), abs=1e-4)
    assert found.provenance["random_deviation"] == pytest.approx(changes.std(0).tolist(), abs=1e-4)
    again = dissect(FunctionProbe(score, firing(2), unit="channels", mask=MASK, seed=3), count=2, draws=6)
    assert again == found


def test_a_share_that_is_given():
    """c's largest quarter is its own; with an eighth, a's region is half the mask."""
    found = dissect(FunctionProbe(score, firing(), unit="channels", mask=MASK), count=1, quantile=1 / 8)
    assert found.provenance["channels"] == [["a"]]
    assert found.provenance["iou"] == [[0.5]]


def test_a_coarser_map_is_enlarged_to_the_mask():
    value = torch.zeros(1, 2, 2, 2)
    value[0, 1, 0, 0] = 1
    mask = MASK.clone()
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), value, unit="channels", mask=mask)
    found = dissect(probe)
    assert found.provenance["channels"] == [["b"]]
    assert found.provenance["iou"][0][0] > 0.8


def test_channels_without_effect_are_null():
    found = dissect(FunctionProbe(lambda a: 0 * a.sum((1, 2, 3)) + 4, firing(), unit="channels", mask=MASK))
    assert found.null
    assert "No change of the channels at deep" in found.null_reason
    assert found.provenance["iou"][0][0] == 1, "which channels fire there is told all the same"


def test_refusals():
    with pytest.raises(ContractError, match="no mask was given"):
        dissect(FunctionProbe(score, firing(), unit="channels"))
    with pytest.raises(ContractError, match="the unit lies in the style's pass"):
        dissect(FunctionProbe(score, firing(), unit="channels", mask=MASK, role="style"))
    with pytest.raises(ContractError, match="named parts"):
        dissect(FunctionProbe(score, firing(), mask=MASK))
