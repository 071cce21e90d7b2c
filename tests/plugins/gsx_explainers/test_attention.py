"""Attention maps: sums and entropies by hand."""

import math

import pytest
import torch

from gsx_explainers.attention import Attention
from gsx_explainers.options import AttentionOptions

from .function_probe import FunctionProbe, drawn


def attend(**levels):
    probe = FunctionProbe(lambda a: a.sum((1, 2, 3)), torch.ones(1, 1, 2, 2), attention=levels)
    return Attention(AttentionOptions()).explain(probe)


def test_by_hand():
    """Two content positions: one takes from one of four style positions alone, the other from two of them."""
    weights = torch.zeros(1, 1, 2, 2, 2)
    weights[0, 0, 0, 1, 1] = 1
    weights[0, 0, 1, 0, 0] = weights[0, 0, 1, 1, 1] = 0.5
    found = attend(deep=weights)
    received, decided = found.maps["received-deep"], found.maps["decided-deep"]
    assert (received.on, decided.on) == ("style", "content")
    torch.testing.assert_close(received.values, torch.tensor([[[0.0, -1.0], [-1.0, 2.0]]]))
    torch.testing.assert_close(decided.values, torch.tensor([[[1.0, 0.5]]]))


def test_what_is_received_adds_up():
    weights = drawn(2, 3, 4, 5 * 6).softmax(-1).unflatten(-1, (5, 6))
    found = attend(shallow=weights, deep=weights)
    assert list(found.maps) == ["received-shallow", "decided-shallow", "received-deep", "decided-deep"]
    heat = found.maps["received-deep"].values
    assert heat.shape == (2, 5, 6)
    assert heat.sum((1, 2)).tolist() == pytest.approx([0, 0], abs=1e-4)
    entropy = torch.distributions.Categorical(probs=weights.flatten(-2)).entropy()
    torch.testing.assert_close(found.maps["decided-deep"].values, 1 - entropy / math.log(30), rtol=1e-4, atol=1e-6)


def test_null_without_attention_and_where_it_is_even():
    assert "The fusion does not attend" in attend().null_reason
    assert "to every position of the style alike" in attend(deep=torch.full((1, 2, 2, 3, 3), 1 / 9)).null_reason
    assert "to every position of the style alike" in attend(deep=torch.ones(1, 2, 2, 1, 1)).null_reason
