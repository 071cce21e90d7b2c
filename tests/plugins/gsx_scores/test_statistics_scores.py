"""Style, content and statistics gap, raw and relative: numbers by hand, the Gram gradient, and laws."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from gsx.api import FeatureLayout, Layer
from gsx.ops.gram import gram
from gsx.ops.statistics import KnownStatistics, known_statistics
from gsx_scores.content import Content
from gsx_scores.options import ContentOptions, StatisticsGapOptions, StyleOptions
from gsx_scores.statistics_gap import StatisticsGap
from gsx_scores.style import Style

LAYOUT = FeatureLayout([Layer("only", 2, 4)])
STATISTICS = ("mean-std", "gram", "mean", "std")

A = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2)
"""Means 1.5 and 3.5, deviations 0.5 and 0.5."""

B = torch.tensor([0.0, 2.0, 3.0, 6.0]).view(1, 2, 1, 2)
"""Means 1 and 4.5, deviations 1 and 1.5; variance of the whole 4.6875 (mean 2.75, squares 12.25 on average)."""


def record(stylized: Tensor, content: Tensor = A, style: Tensor = B) -> SimpleNamespace:
    maps = {"stylized_maps": stylized, "content_maps": content, "style_maps": style}
    return SimpleNamespace(layout=LAYOUT, **{name: {"only": value} for name, value in maps.items()})


def close(found: Tensor, *wanted: float) -> None:
    torch.testing.assert_close(found, torch.tensor(wanted), rtol=1e-4, atol=1e-6)


def test_style_by_each_statistic():
    # (0.5² + 1²) / 2 = 0.625 for either; Gram (mean) 25.1875, see tests/core/ops/test_distances.py.
    close(Style(StyleOptions(statistic="mean"))(record(A)), 0.625)
    close(Style(StyleOptions(statistic="std"))(record(A)), 0.625)
    close(Style(StyleOptions(statistic="mean", relative=True))(record(A)), 0.625 / 4.6875)
    close(Style(StyleOptions(statistic="mean-std", relative=True))(record(A)), 1.25 / 4.6875)
    # Gram(B) = [[2, 6], [6, 22.5]]: mean square (4 + 36 + 36 + 506.25) / 4 = 145.5625.
    close(Style(StyleOptions(statistic="gram", relative=True))(record(A)), 25.1875 / 145.5625)


def test_content_relative():
    # Differences of A and B: squares 1, 0, 0, 4, mean 1.25; variance of the content B 4.6875.
    close(Content(ContentOptions(relative=True))(record(A, content=B)), 1.25 / 4.6875)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 10), statistic=st.sampled_from(STATISTICS))
def test_relative_ones_do_not_depend_on_the_scale(seed: int, factor: float, statistic: str):
    random = torch.Generator().manual_seed(seed)
    maps = [torch.randn(2, 3, 5, 4, generator=random) + 1 for _ in range(3)]
    scores = [Style(StyleOptions(statistic=statistic, relative=True)), Content(ContentOptions(relative=True))]
    scores.append(StatisticsGap(StatisticsGapOptions(relative=True)))
    for score in scores:
        plain, scaled = score(record(*maps)), score(record(*(value * factor for value in maps)))
        torch.testing.assert_close(plain, scaled, rtol=2e-3, atol=1e-5)


def test_the_gradient_of_the_gram_score():
    """∂/∂F mean (G − G_s)² = 4 (G − G_s) F / (C² · H · W)."""
    random = torch.Generator().manual_seed(5)
    stylized, style = torch.randn(2, 2, 3, 4, 5, generator=random)
    stylized.requires_grad_()
    (found,) = torch.autograd.grad(Style(StyleOptions(statistic="gram"))(record(stylized, style=style)).sum(), stylized)
    wanted = 4 * (gram(stylized) - gram(style)) @ stylized.flatten(2) / (3**2 * 4 * 5)
    torch.testing.assert_close(found.flatten(2), wanted.detach())


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_style_common_to_several_contents(statistic: str):
    several = torch.cat([A, B, A * 2])
    score = Style(StyleOptions(statistic=statistic))
    assert torch.equal(score(record(several)), torch.cat([score(record(one[None])) for one in several]))


def test_statistics_that_are_known_are_not_taken_again():
    """The probe knows those of a map of which a patch has changed: the map has to arrive as it is."""
    outputs, nothing = record(A), torch.zeros(1, 2, 1, 1)
    with known_statistics([KnownStatistics(B, nothing, nothing + 1)]):
        close(Style(StyleOptions(statistic="mean"))(outputs), (1.5**2 + 3.5**2) / 2)
        close(StatisticsGap(StatisticsGapOptions(statistic="mean"))(outputs), (1.5**2 + 3.5**2) ** 0.5)


def test_gaps_by_hand():
    # A − B: means 0.5 and −1, deviations −0.5 and −1.
    close(StatisticsGap(StatisticsGapOptions(statistic="mean"))(record(A)), 1.25**0.5)
    close(StatisticsGap(StatisticsGapOptions(statistic="std"))(record(A)), 1.25**0.5)
    close(StatisticsGap(StatisticsGapOptions())(record(A)), 2.5**0.5)
    close(StatisticsGap(StatisticsGapOptions(relative=True))(record(A)), (2.5 / 4 / 4.6875) ** 0.5)
    close(StatisticsGap(StatisticsGapOptions(statistic="mean", relative=True))(record(A)), (1.25 / 2 / 4.6875) ** 0.5)


def test_gaps_between_any_two():
    outputs = record(A * 2, content=A, style=B)
    gaps = {
        (of, to): StatisticsGap(StatisticsGapOptions(of=of, to=to))(outputs).item()
        for of in ("content", "style", "stylized")
        for to in ("content", "style", "stylized")
        if of != to
    }
    assert gaps["content", "style"] == pytest.approx(2.5**0.5, rel=1e-4)
    # 2A − A = A: means 1.5 and 3.5, deviations 0.5 and 0.5.
    assert gaps["stylized", "content"] == pytest.approx((2.25 + 12.25 + 0.25 + 0.25) ** 0.5, rel=1e-4)
    for of, to in gaps:
        assert gaps[of, to] == pytest.approx(gaps[to, of])
    with pytest.raises(ValidationError, match="no gap to itself"):
        StatisticsGapOptions(of="style", to="style")


def test_a_gap_of_nothing_has_a_gradient_of_zero():
    stylized = B.clone().requires_grad_()
    value = StatisticsGap(StatisticsGapOptions())(record(stylized))
    value.sum().backward()
    assert value.item() == 0
    assert torch.equal(stylized.grad, torch.zeros_like(B))


def test_a_gap_without_the_result_does_not_look_at_it():
    outputs = record(A)
    del outputs.stylized_maps
    assert StatisticsGap(StatisticsGapOptions(of="style", to="content"))(outputs).item() > 0
